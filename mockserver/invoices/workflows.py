"""Answers of calls that start a workflow on the real server (behaviour/invoices-and-wallets#invoice-routes)."""

from __future__ import annotations

import uuid

from mockserver.http.routing import Answer
from mockserver.invoices.schemas import WorkflowOut
from mockserver.ulids import new_ulid

JOB = WorkflowOut()


def started(text: str, name: str, invoice_id: str) -> Answer:
    """A job that has been started; here it has also ended."""
    workflow_id = f"wf_{name}_{invoice_id}_{new_ulid()}"
    return Answer(202, JOB.dump({"message": text, "workflow_id": workflow_id, "run_id": str(uuid.uuid4())}))
