"""Which URL calls which rule of wallets that needs more than the wallet
(behaviour/invoices-and-wallets#billing-objects)."""

from __future__ import annotations

from typing import Any

from mockserver.credits.wallets import accounts
from mockserver.credits.wallets.listing import BREAKDOWN, with_breakdown
from mockserver.credits.wallets.schemas import TopUpIn, TopUpOut, WalletBalanceOut
from mockserver.http.listing import check_expand
from mockserver.http.routing import Call, Routes
from mockserver.invoices import purchasing
from mockserver.reading.wallets import balance

ROUTES = Routes("Wallets")
TOP_UP, TOPPED_UP, BALANCE = TopUpIn(), TopUpOut(), WalletBalanceOut()


def _balance(call: Call) -> dict[str, Any]:
    wanted = check_expand(call.arg("expand"), (BREAKDOWN,))
    found = balance.real_time(call.work, accounts.get(call.work, call.params["wallet_id"]))
    return BALANCE.dump(with_breakdown(call.work, [found], BREAKDOWN in wanted)[0])


@ROUTES.get("/v1/wallets/<wallet_id>/balance/real-time", answer=BALANCE)
def real_time_balance(call: Call) -> dict[str, Any]:
    """A wallet's balance less running usage and unpaid invoices."""
    return _balance(call)


@ROUTES.get("/v1/wallets/<wallet_id>/balance/real-time-cached", answer=BALANCE)
def cached_balance(call: Call) -> dict[str, Any]:
    """The same balance; the emulator computes it anew each time, as a server without a cache does."""
    return _balance(call)


@ROUTES.post("/v1/wallets/<wallet_id>/top-up", body=TOP_UP, answer=TOPPED_UP)
def top_up(call: Call) -> dict[str, Any]:
    """Add credits to a wallet, at once or once their invoice is paid."""
    body = call.body()
    return TOPPED_UP.dump(purchasing.top_up(call.work, call.params["wallet_id"], body))
