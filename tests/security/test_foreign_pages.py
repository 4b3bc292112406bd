"""Pages of another origin in a real browser: what they send does nothing, unless the server was told to let them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest
import requests
from flask import Flask

from mockserver import serving
from mockserver.app import create_app
from mockserver.settings import Settings
from mockserver.store.store import Store

from ..cli.conftest import Process
from ..dashboard.browser import Browser

KEY = {"x-api-key": "victim"}
ATTACKS = {
    "no-cors reset of all": "fetch(url + '/reset', {method: 'POST', mode: 'no-cors', body: '{\"scope\":\"all\"}'})",
    "no-cors with a blob": (
        "fetch(url + '/reset', {method: 'POST', mode: 'no-cors', body: new Blob(['{\"scope\":\"all\"}'])})"
    ),
    "beacon": "(navigator.sendBeacon(url + '/reset', '{\"scope\":\"all\"}'), Promise.resolve())",
    "reset with the key": "fetch(url + '/reset', {method: 'POST', headers: {'x-api-key': 'victim'}})",
    "reset of all with JSON": (
        "fetch(url + '/reset', {method: 'POST', headers: {'x-api-key': 'victim', 'content-type': 'application/json'},"
        " body: '{\"scope\":\"all\"}'})"
    ),
    "a form": (
        "new Promise(done => { const f = document.createElement('form'), i = document.createElement('input'),"
        " w = document.createElement('iframe'); w.name = 'w'; w.onload = () => done(); f.method = 'post';"
        " f.action = url + '/reset'; f.enctype = 'text/plain'; f.target = 'w'; i.name = '{\"scope\":\"all\",\"x\":\"';"
        " i.value = '\"}'; f.append(i); document.body.append(w, f); f.submit(); setTimeout(done, 2000); })"
    ),
}  # fmt: skip


@contextmanager
def _page() -> Iterator[str]:
    """A page that is none of ours; its origin."""
    app = Flask("page")

    @app.get("/")
    def page() -> str:
        return "<!doctype html><title>x</title><body>x</body>"

    with serving.background(app) as url:
        yield url


@pytest.fixture
def victim() -> Iterator[Callable[..., str]]:
    """``victim(cors_origins=...)``: a server with one customer; its URL."""
    with ExitStack() as stack:

        def make(**settings: tuple[str, ...]) -> str:
            store = Store()
            stack.callback(store.close)
            url = stack.enter_context(serving.background(create_app(Settings(**settings), store)))  # type: ignore[arg-type]  # keywords pass through
            body = {"external_id": "a", "name": "A"}
            assert requests.post(f"{url}/v1/customers", json=body, headers=KEY, timeout=20).status_code == 201
            return url

        yield make


def _customers(url: str) -> int:
    found: int = requests.get(f"{url}/v1/customers", headers=KEY, timeout=20).json()["pagination"]["total"]
    return found


def _run(window: Browser, script: str, url: str) -> str:
    return str(
        window.cdp(
            "Runtime.evaluate",
            expression=f"(async () => {{ const url = '{url}/_mock'; try {{ const a = await {script};"
            " return a ? a.type + ' ' + a.status : 'sent' } catch (e) { return String(e) } })()",
            awaitPromise=True,
            returnByValue=True,
        )["result"].get("value")
    )


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_foreign_page_changes_nothing(window: Browser, victim: Callable[..., str], attack: str) -> None:
    url = victim()
    with _page() as page:
        window.open(page)
        for host in ("127.0.0.1", "localhost"):
            _run(window, ATTACKS[attack], url.replace("127.0.0.1", host))
            assert _customers(url) == 1, host


def test_a_listed_page_may_control_and_read_the_emulators_headers(window: Browser, victim: Callable[..., str]) -> None:
    with _page() as page:
        url = victim(cors_origins=(page,))
        window.open(page)
        answer = _run(window, ATTACKS["reset with the key"], url)
        assert answer == "cors 200"
        assert _customers(url) == 0
        headers = "{'x-api-key': 'victim', 'content-type': 'application/json'}"
        fault = f"fetch(url + '/faults', {{method: 'POST', headers: {headers}, body: JSON.stringify({{status: 503}})}})"
        assert _run(window, fault, url) == "cors 201"
        asked = "fetch(url.replace('_mock', 'v1/customers'), {headers: {'x-api-key': 'victim'}})"
        header = "a.headers.get('x-flexprice-mock-fault')"
        assert _run(window, f"{asked}.then(a => ({{type: {header}, status: a.status}}))", url) == "1 503"


def test_a_name_that_points_here_is_not_answered(serve: Callable[..., Process]) -> None:
    """As a browser asks after DNS rebinding: same origin for it, another host name for us."""
    process = serve("--allowed-host", "friend.example")
    for name, status in (("evil.example", 403), ("friend.example", 200), ("localhost", 200)):
        headers = {"x-api-key": "test", "Host": name, "Origin": f"http://{name}", "Sec-Fetch-Site": "same-origin"}
        assert requests.get(f"{process.url}/_mock/clock", headers=headers, timeout=20).status_code == status
        assert requests.get(f"{process.url}/v1/customers", headers=headers, timeout=20).status_code == 200
