"""Which URL calls which wallet rule (behaviour/invoices-and-wallets#billing-objects)."""

from __future__ import annotations

from typing import Any

from mockserver.credits.wallets import accounts, listing, rules
from mockserver.credits.wallets.listing import BREAKDOWN, with_breakdown
from mockserver.credits.wallets.schemas import (
    CreateWalletIn,
    DebitIn,
    ModificationOut,
    ModifyWalletIn,
    TransactionFilterIn,
    TransactionOut,
    UpdateWalletIn,
    WalletFilterIn,
    WalletOut,
)
from mockserver.http.listing import check_expand, envelope
from mockserver.http.messages import MessageOut, message
from mockserver.http.routing import Call, Routes

ROUTES = Routes("Wallets")
CREATE, UPDATE, MODIFY, DEBIT = CreateWalletIn(), UpdateWalletIn(), ModifyWalletIn(), DebitIn()
FILTER, TRANSACTIONS = WalletFilterIn(), TransactionFilterIn()
OUT, TRANSACTION = WalletOut(), TransactionOut()
MODIFIED, MESSAGE = ModificationOut(), MessageOut()


@ROUTES.post("/v1/wallets", body=CREATE, answer=OUT)
def create(call: Call) -> dict[str, Any]:
    """Open a wallet for a customer; one active wallet per currency and type."""
    body = call.body()
    return OUT.dump(rules.create(call.work, body))


def _listed(call: Call, data: dict[str, Any]) -> dict[str, Any]:
    wanted = check_expand(data.get("expand"), (BREAKDOWN,))
    rows, total, limit, offset = listing.list_wallets(call.work, data)
    shown = with_breakdown(call.work, rows, BREAKDOWN in wanted)
    return envelope([OUT.dump(row) for row in shown], total, limit, offset)


@ROUTES.get("/v1/wallets", query=FILTER, answer=OUT, items=True)
def list_(call: Call) -> dict[str, Any]:
    """List wallets; there are no pages."""
    return _listed(call, call.query())


@ROUTES.search("/v1/wallets/search", body=FILTER, answer=OUT, items=True)
def search(call: Call) -> dict[str, Any]:
    """Search wallets by id and status."""
    return _listed(call, call.body())


def _transactions(call: Call, data: dict[str, Any], wanted: set[str]) -> dict[str, Any]:
    rows, total, limit, offset = listing.list_transactions(call.work, data)
    shown = [TRANSACTION.dump(row) for row in listing.embedded(call.work, rows, wanted)]
    return envelope(shown, total, limit, offset)


@ROUTES.search("/v1/wallets/transactions/search", body=TRANSACTIONS, answer=TRANSACTION, items=True)
def search_transactions(call: Call) -> dict[str, Any]:
    """Search the transactions of all wallets."""
    data = call.body()
    wanted = check_expand(call.arg("expand") or data.get("expand"), ("customer", "created_by_user", "wallet"))
    return _transactions(call, data, wanted)


@ROUTES.get("/v1/wallets/<wallet_id>", answer=OUT)
def get(call: Call) -> dict[str, Any]:
    """Read a wallet, closed ones included."""
    return OUT.dump(accounts.get(call.work, call.params["wallet_id"]))


@ROUTES.get("/v1/wallets/<wallet_id>/transactions", query=TRANSACTIONS, answer=TRANSACTION, items=True)
def transactions(call: Call) -> dict[str, Any]:
    """List a wallet's transactions, newest first."""
    return _transactions(call, {**call.query(), "id": call.params["wallet_id"]}, set())


@ROUTES.post("/v1/wallets/<wallet_id>/debit", body=DEBIT, answer=OUT)
def debit(call: Call) -> dict[str, Any]:
    """Take credits from a wallet by hand."""
    body = call.body()
    return OUT.dump(rules.debit(call.work, call.params["wallet_id"], body))


@ROUTES.put("/v1/wallets/<wallet_id>", body=UPDATE, answer=OUT)
def update(call: Call) -> dict[str, Any]:
    """Change a wallet's name, description, metadata, top-up and alert settings."""
    return OUT.dump(rules.update(call.work, call.params["wallet_id"], call.body()))


@ROUTES.post("/v1/wallets/<wallet_id>/modify", body=MODIFY, answer=MODIFIED)
def modify(call: Call) -> dict[str, Any]:
    """Turn a prepaid wallet into a postpaid one."""
    body = call.body()
    return MODIFIED.dump(rules.modify(call.work, call.params["wallet_id"], body))


@ROUTES.post("/v1/wallets/<wallet_id>/terminate", answer=MESSAGE)
def terminate(call: Call) -> dict[str, Any]:
    """Use up what is left of a wallet and close it."""
    rules.terminate(call.work, call.params["wallet_id"])
    return message("wallet terminated successfully")
