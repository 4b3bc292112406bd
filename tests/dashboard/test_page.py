"""The page in a browser: it loads without a complaint, shows what was sent, and runs nothing that people typed."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest
import requests

from .browser import Browser

VIEWS = {
    "Events": "Every event as it arrives",
    "Bill": "As the real server",
    "Catalogue": "13 prices",
    "Unbilled": "billed by nobody",
    "Divergences": "price-filter-values-ignored",
    "Controls": "Reset this environment",
}
NASTY = "<script>alert(1)</script>"
_KEYS = itertools.count()


class Client:
    """Requests with one key."""

    def __init__(self, site: str) -> None:
        self.site, self.key = site, f"dash-{next(_KEYS)}"

    def __call__(self, method: str, path: str, body: Any = None) -> Any:
        answer = requests.request(method, self.site + path, json=body, headers={"x-api-key": self.key}, timeout=20)
        assert answer.ok, (path, answer.text)
        return answer.json() if answer.content else None

    def event(self, event_id: str, **fields: Any) -> None:
        body = {"event_id": event_id, "event_name": "image_generated", "external_customer_id": "cust_001", **fields}
        self("POST", "/v1/events", {"timestamp": "2026-04-15T12:00:00Z", **body})


@pytest.fixture
def client(site: str) -> Client:
    return Client(site)


@pytest.fixture
def seeded(client: Client) -> Client:
    """A customer on a plan with the documents' prices, one billed event and some that are not."""
    from mockserver import fixtures

    client("PUT", "/_mock/clock", {"now": "2026-04-14T00:00:00Z"})
    values: dict[str, str] = {}
    for payload in fixtures.payloads():
        if payload.expected["documented"]["status"] >= 400 or payload.path.endswith("/sync/subscriptions"):
            continue
        answer = requests.request(
            payload.method,
            client.site + payload.path,
            data=payload.filled(values),
            headers={"x-api-key": client.key},
            timeout=20,
        ).json()
        values |= {placeholder: answer.get(key, "") for placeholder, key in payload.provides.items()}
    client("POST", "/v1/customers", {"external_id": NASTY, "name": NASTY})
    client.event("evt_markup", external_customer_id=NASTY, event_name="<img src=x onerror=alert(2)>",
                 properties={"<b>bold</b>": "</script><script>alert(3)</script>"})  # fmt: skip
    client.event("evt_near", event_name="video_generated", properties={"durationseconds": 8})
    return client


def enter(browser: Browser, client: Client) -> None:
    """Give the page the client's key."""
    browser.until_text("Whose environment?")
    browser.run("document.querySelector('main input').value = arguments[0]", client.key)
    browser.press("Open")
    browser.until_text(f"key {client.key}")


def test_the_page_asks_for_a_key_once(browser: Browser, client: Client) -> None:
    enter(browser, client)
    browser.open(f"{client.site}/_mock/#bill")
    browser.until_text(f"key {client.key}")
    browser.press("Change key")
    browser.until_text("Whose environment?")
    assert browser.log() == []


def test_an_empty_environment_says_what_to_do_next(browser: Browser, client: Client) -> None:
    enter(browser, client)
    browser.until_text("No events yet")
    assert f"curl {client.site}/v1/events -H 'x-api-key: {client.key}'" in browser.text()
    for view, text in {"Bill": "No subscription yet", "Unbilled": "No events yet", "Catalogue": "No plan yet"}.items():
        browser.press(view)
        browser.until_text(text)
        assert f"x-api-key: {client.key}" in browser.text()
    assert browser.log() == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1600])
def test_every_panel_is_complete_and_fits(
    browser: Browser, seeded: Client, width: int, scheme: str, tmp_path: Path
) -> None:
    browser.size(width)
    browser.prefers(scheme)
    enter(browser, seeded)
    for view, text in VIEWS.items():
        browser.press(view)
        browser.until_text(text)
        wide, inner = browser.run("return [document.documentElement.scrollWidth, innerWidth]")
        assert wide <= inner, view
        browser.shot(tmp_path / f"{view}.png")
    assert browser.log() == []
    colour = browser.run("return getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, colour[4:-1].split(", "))) < 384) == (scheme == "dark")


def test_the_theme_can_be_switched_and_is_kept(browser: Browser, client: Client) -> None:
    background = "return getComputedStyle(document.body).backgroundColor"
    light = browser.run(background)
    browser.press("Dark")
    dark = browser.run(background)
    assert dark != light
    browser.open(f"{client.site}/_mock/")
    assert browser.run(background) == dark


def test_what_people_typed_is_shown_as_text(browser: Browser, seeded: Client) -> None:
    enter(browser, seeded)
    browser.until_text("evt_markup")
    browser.run("for (const s of document.querySelectorAll('main summary')) s.click()")
    browser.until_text("</script><script>alert(3)</script>")
    for text in (NASTY, "<img src=x onerror=alert(2)>", "<b>bold</b>"):
        assert text in browser.text()
    browser.press("Unbilled")
    browser.until_text("billed by nobody")
    browser.press("Controls")
    browser.until_text("Journal")
    browser.run("for (const s of document.querySelectorAll('main summary')) s.click()")
    browser.until_text(NASTY)
    found = browser.run(
        "return [document.querySelectorAll('main script, main img, main b, [onerror]').length, window.alerted]"
    )
    assert found == [0, None]
    assert browser.log() == []


def test_events_appear_with_their_verdict_while_the_page_is_open(browser: Browser, seeded: Client) -> None:
    enter(browser, seeded)
    browser.until_text("evt_near")
    assert 'property "durationseconds" was sent' in browser.text()
    properties = {"model": "dall-e-3", "size": "1024x1024", "quality": "hd", "image_count": 3}
    seeded.event("evt_live", properties=properties)
    browser.until("return document.querySelector('.rows > li')?.innerText.includes('evt_live')")
    first = browser.run("return document.querySelector('.rows > li').innerText")
    assert "billed by dalle3_1024_hd" in first
    assert "0.24\u00a0USD" in first
    browser.press("Pause")
    seeded.event("evt_unseen")
    browser.run("document.querySelector('input[type=search]').value = 'evt_near';"
                "document.querySelector('input[type=search]').dispatchEvent(new Event('input'))")  # fmt: skip
    browser.until("return document.querySelectorAll('.rows > li').length === 1")
    assert "evt_unseen" not in browser.text()
    browser.run("document.querySelector('input[type=search]').value = 'evt_unseen';"
                "document.querySelector('input[type=search]').dispatchEvent(new Event('input'))")  # fmt: skip
    browser.press("Look up this id")
    browser.until("return document.querySelector('.rows > li')?.innerText.includes('evt_unseen')")
    assert browser.log() == []


def test_the_bill_shows_both_readings(browser: Browser, seeded: Client) -> None:
    enter(browser, seeded)
    browser.press("Bill")
    browser.until_text("2.0372128\u00a0USD")
    assert "36.0048384\u00a0USD" not in browser.text()  # one more event than the documents have counts as a job
    assert browser.run("return document.querySelectorAll('.chart rect').length") > 5
    browser.press("As the real server")
    browser.until("return document.querySelector('[aria-pressed=true]').innerText === 'As the real server'")
    assert browser.log() == []


def test_what_if_tells_both_readings_and_near_misses(browser: Browser, seeded: Client) -> None:
    enter(browser, seeded)
    browser.press("Catalogue")
    browser.until_text("What if this arrived now?")
    browser.press("What if this arrived now?")
    browser.until_text("dalle3_1024_std on image_count, quantity 1")
    browser.run("document.querySelector('textarea').value = arguments[0]",
                '{"event_name": "Image_Generated", "external_customer_id": "cust_001"}')  # fmt: skip
    browser.press("What if this arrived now?")
    browser.until_text('Near miss: event name "Image_Generated" is near "image_generated"')
    browser.run("document.querySelector('textarea').value = '{'")
    browser.press("What if this arrived now?")
    browser.until_text("Not an event")


def test_the_controls_act_on_the_environment(browser: Browser, seeded: Client) -> None:
    enter(browser, seeded)
    browser.press("Controls")
    browser.until_text("Reset this environment")
    browser.press("Freeze")
    browser.until_text("frozen")
    assert seeded("GET", "/_mock/clock")["frozen"] is True
    browser.press("Set the fault")
    browser.until_text("POST /v1/events*: status 503 (2 times)")
    browser.press("Remove")
    browser.until_text("None set.")
    browser.press("Reset this environment")
    browser.until_text("Press again")
    assert seeded("GET", "/v1/customers")["pagination"]["total"] == 2
    browser.press("Press again")
    browser.until("return !document.body.innerText.includes('frozen')")
    assert seeded("GET", "/v1/customers")["pagination"]["total"] == 0


def test_the_keyboard_reaches_everything(browser: Browser, seeded: Client) -> None:
    enter(browser, seeded)
    browser.until_text("evt_near")
    unlabelled = browser.run(
        "return [...document.querySelectorAll('input, select, textarea')].filter(e => !e.labels.length).length"
        " + [...document.querySelectorAll('button')].filter(e => !e.innerText.trim()).length"
    )
    assert unlabelled == 0
    assert browser.run("return [...document.querySelectorAll('header, nav, main')].length") >= 3
    clickable = browser.run("return [...document.querySelectorAll('main [onclick], main div[tabindex=\"-1\"]')].length")
    assert clickable == 0
