"""How the plan sync answers."""

from __future__ import annotations

from mockserver.http.fields import Text
from mockserver.http.schema import Out


class PlanSyncOut(Out):
    message = Text()
    workflow_id = Text()
    run_id = Text()
