"""What must not stand where others read: keys and sessions that the server minted, and passwords."""

from __future__ import annotations

import re

_MINTED = re.compile(r"\b((?:sk|pk)_)[0-9A-HJKMNP-TV-Z]{26}\b|\b(session_)[0-9A-HJKMNP-TV-Z]{52}\b")
_PASSWORD = re.compile(r'("password"\s*:\s*)"(?:[^"\\]|\\.)*(?:"|$)', re.IGNORECASE)
HIDDEN = "***"


def without_secrets(text: str) -> str:
    """A text in which keys and sessions of the server's making, and passwords of JSON bodies, are made unreadable."""
    shown = _MINTED.sub(lambda found: f"{found[1] or found[2]}{HIDDEN}", text)
    return _PASSWORD.sub(rf'\g<1>"{HIDDEN}"', shown)


def one_line(text: str) -> str:
    """A text in which what does not print is spelled out, so that it can neither end a line nor drive a terminal."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
