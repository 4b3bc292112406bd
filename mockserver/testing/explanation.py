"""Why an event was billed or not, as a test reads it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from mockserver.testing.amounts import text


@dataclass(frozen=True, slots=True)
class Share:
    """What an event adds to one price of one subscription; ``amount`` is exact, in ``currency``."""

    price: str
    price_id: str
    meter: str
    subscription_id: str
    quantity: Decimal
    amount: Decimal
    currency: str

    def __str__(self) -> str:
        return f"{self.price}: {text(self.quantity)} of {self.meter} = {text(self.amount)} {self.currency}"


@dataclass(frozen=True, slots=True)
class Explanation:
    """The server's reading of all events of one id. ``reason`` and ``because`` say why nothing billed it (None and
    empty if something did), ``raw`` is the whole answer with both readings."""

    event_id: str
    billed: tuple[Share, ...]
    reason: str | None
    because: str
    hints: tuple[str, ...]
    raw: dict[str, Any]

    @classmethod
    def read(cls, answer: dict[str, Any]) -> Explanation:
        """From the answer of ``GET /_mock/explain/events/<id>``."""
        verdicts = [event[answer["reading"]] for event in answer["events"]]
        shares = tuple(_share(found) for verdict in verdicts for found in verdict["billed"])
        unpaid = {} if shares else verdicts[0]
        return cls(
            answer["events"][0]["event_id"],
            shares,
            unpaid.get("reason"),
            unpaid.get("explanation") or "",
            tuple(unpaid.get("hints") or ()),
            answer,
        )

    @property
    def amount(self) -> Decimal:
        """What the event costs altogether."""
        return sum((share.amount for share in self.billed), Decimal())

    def __str__(self) -> str:
        if self.billed:
            return f"event {self.event_id} was billed by\n" + "\n".join(f"  {share}" for share in self.billed)
        lines = [f"nobody pays for event {self.event_id} ({self.reason}): {self.because}", *self.hints]
        return "\n  ".join(lines)


def _share(found: dict[str, Any]) -> Share:
    return Share(
        found["price"],
        found["price_id"],
        found["meter"],
        found["subscription_id"],
        Decimal(found["quantity"]),
        Decimal(found["amount"]),
        found["currency"],
    )
