"""``/health`` answers GET and POST whatever the body (behaviour/http#headers-and-limits)."""

from __future__ import annotations

from mockserver.http.fields import Text
from mockserver.http.routing import Call, Routes
from mockserver.http.schema import Out

ROUTES = Routes("Health")


class HealthOut(Out):
    status = Text()


@ROUTES.get("/health", public=True, answer=HealthOut())
def read(call: Call) -> dict[str, str]:
    """Whether the server answers."""
    return {"status": "ok"}


@ROUTES.add("POST", "/health", public=True, writes=False, answer=HealthOut())
def post(call: Call) -> dict[str, str]:
    """Whether the server answers, whatever the body."""
    return {"status": "ok"}
