"""The plugin's README names what the plugin has."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mockserver import testing
from mockserver.testing.clock import Clock
from mockserver.testing.environment import Environment

FOLDER = Path(testing.__file__).parent
TEXT = (FOLDER / "README.md").read_text(encoding="utf-8")
SOURCE = (FOLDER / "plugin.py").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [name for name in vars(Environment) if not name.startswith("_")])
def test_every_member_of_an_environment_is_named(name: str) -> None:
    assert re.search(rf"`{name}\b", TEXT) or name == "close"


@pytest.mark.parametrize("name", [name for name in vars(Clock) if not name.startswith("_")])
def test_every_member_of_the_clock_is_named(name: str) -> None:
    assert re.search(rf"`{name}\b", TEXT)


@pytest.mark.parametrize("name", re.findall(r'(?:addini|addoption)\(\s*"([\w-]+)"', SOURCE))
def test_every_setting_is_named(name: str) -> None:
    assert f"`{name}`" in TEXT
