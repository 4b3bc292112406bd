"""The small answer of calls that have nothing to show."""

from __future__ import annotations

from typing import Any

from mockserver.http.fields import Text
from mockserver.http.schema import Out


class MessageOut(Out):
    message = Text()


def message(text: str) -> dict[str, Any]:
    """``{"message": text}``; clients compare the text, so it is the API's own."""
    return {"message": text}
