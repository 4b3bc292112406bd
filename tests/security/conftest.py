"""Servers under attack: apps with settings of their own, real processes, a browser."""

from __future__ import annotations

from ..cli.conftest import serve as serve
from ..control.conftest import app_with as app_with
from ..dashboard.conftest import window as window
