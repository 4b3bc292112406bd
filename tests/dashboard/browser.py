"""A headless Chromium, driven through its own chromedriver over the W3C WebDriver protocol: plain JSON over HTTP."""

from __future__ import annotations

import base64
import contextlib
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import requests

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
DRIVER = shutil.which("chromedriver")
MISSING = "needs chromium and chromedriver (Debian: apt-get install chromium chromium-driver)"
_FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--hide-scrollbars", "--disable-dev-shm-usage",
)  # fmt: skip


class Browser:
    """One browser window."""

    def __init__(self, base: str, profile: Path) -> None:
        options = {"binary": CHROMIUM, "args": [*_FLAGS, f"--user-data-dir={profile}"]}
        wanted = {"goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}
        made = self._send("POST", f"{base}/session", {"capabilities": {"alwaysMatch": wanted}})
        self.base = f"{base}/session/{made['sessionId']}"

    @staticmethod
    def _send(method: str, url: str, body: Any = None) -> Any:
        answer = requests.request(method, url, json=body, timeout=60)
        value = answer.json()["value"]
        assert answer.ok, value
        return value

    def do(self, path: str, body: Any = None) -> Any:
        return self._send("POST", f"{self.base}/{path}", body or {})

    def quit(self) -> None:
        self._send("DELETE", self.base)

    def open(self, url: str) -> None:
        self.do("url", {"url": url})

    def run(self, script: str, *arguments: Any) -> Any:
        """The value of a JavaScript function body."""
        return self.do("execute/sync", {"script": script, "args": list(arguments)})

    def cdp(self, command: str, **parameters: Any) -> Any:
        return self.do("goog/cdp/execute", {"cmd": command, "params": parameters})

    def size(self, width: int, height: int = 900) -> None:
        """The viewport's size in CSS pixels."""
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
        self.cdp("Emulation.setDeviceMetricsOverride", **metrics)

    def prefers(self, scheme: str) -> None:
        """``light`` or ``dark``."""
        self.cdp("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def until(self, script: str, *arguments: Any, seconds: float = 15) -> Any:
        """The first true value of a JavaScript function body."""
        end = time.monotonic() + seconds
        while not (found := self.run(script, *arguments)):
            assert time.monotonic() < end, f"never true: {script}\n{self.text()}"
            time.sleep(0.05)
        return found

    def text(self) -> str:
        return str(self.run("return document.body.innerText"))

    def until_text(self, text: str) -> None:
        self.until("return document.body.innerText.includes(arguments[0])", text)

    def press(self, text: str) -> None:
        """Click the visible button or link of that text."""
        clicked = self.run(
            "const found = [...document.querySelectorAll('button, a, summary')]"
            ".find(e => e.innerText.trim().startsWith(arguments[0]) && e.offsetParent);"
            "if (found) found.click(); return Boolean(found)",
            text,
        )
        assert clicked, f"no button {text!r}"

    def log(self) -> list[str]:
        """What the console said since the last call."""
        return [entry["message"] for entry in self.do("se/log", {"type": "browser"})]

    def shot(self, path: Path) -> None:
        """The whole page as a PNG."""
        height = self.run("return document.documentElement.scrollHeight")
        width = self.run("return innerWidth")
        self.size(width, max(300, min(int(height), 6000)))
        path.write_bytes(base64.b64decode(self._send("GET", f"{self.base}/screenshot")))
        self.size(width)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def driver() -> Iterator[str]:
    """A chromedriver; its URL."""
    assert DRIVER is not None
    port = _free_port()
    process = subprocess.Popen([DRIVER, f"--port={port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    base = f"http://127.0.0.1:{port}"
    try:
        _wait(lambda: requests.get(f"{base}/status", timeout=5).json()["value"]["ready"])
        yield base
    finally:
        process.terminate()
        process.wait(timeout=20)


def _wait(ready: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while time.monotonic() < end:
        with contextlib.suppress(requests.RequestException):
            if ready():
                return
        time.sleep(0.05)
    raise AssertionError("chromedriver does not answer")
