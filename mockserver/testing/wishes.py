"""What a project's ini file and a test's marker ask of the emulator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from mockserver.divergences import PROFILES, parse_overrides

SHIPPED = ("documented", "models")
Catalog = str | Path | Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Wishes:
    """``profile`` is empty and ``divergences`` too where nothing was asked for; ``now`` is empty for the real time."""

    profile: str = ""
    divergences: dict[str, bool] = field(default_factory=dict)
    catalog: Catalog = ""
    now: str | datetime = ""

    @classmethod
    def of_project(cls, config: pytest.Config) -> Wishes:
        """The options and the ini file; ``pytest.UsageError`` for what cannot be."""
        profile = config.getoption("--flexprice-profile") or config.getini("flexprice_profile")
        catalog = config.getini("flexprice_catalog")
        if catalog and catalog not in SHIPPED:
            catalog = config.rootpath / catalog
        return cls(_profile(profile), _divergences(config.getini("flexprice_divergences")), catalog, _now(config))

    @classmethod
    def of(cls, request: pytest.FixtureRequest) -> Wishes:
        """The project's wishes with those of the test's markers over them, the nearest marker last."""
        wishes = cls.of_project(request.config)
        profile, switches, catalog, now = wishes.profile, dict(wishes.divergences), wishes.catalog, wishes.now
        for marker in reversed(list(request.node.iter_markers("flexprice"))):
            unknown = set(marker.kwargs) - {"profile", "divergences", "catalog", "now"}
            if unknown or marker.args:
                raise pytest.UsageError(
                    "@pytest.mark.flexprice takes profile=, divergences=, catalog= and now= only, not "
                    + ", ".join([*map(repr, marker.args), *sorted(unknown)])
                )
            profile = _profile(marker.kwargs.get("profile", profile))
            switches |= _divergences(marker.kwargs.get("divergences", {}))
            catalog = marker.kwargs.get("catalog", catalog)
            now = marker.kwargs.get("now", now)
        return cls(profile, switches, catalog, now)


def _profile(name: str) -> str:
    if name and name not in PROFILES:
        raise pytest.UsageError(f"the profile must be {' or '.join(PROFILES)}, not {name!r}")
    return name


def _divergences(given: Mapping[str, bool] | list[str]) -> dict[str, bool]:
    texts = [f"{name}={'on' if on else 'off'}" for name, on in given.items()] if isinstance(given, Mapping) else given
    try:
        return dict(parse_overrides(tuple(texts)))
    except ValueError as error:
        raise pytest.UsageError(str(error)) from None


def _now(config: pytest.Config) -> str:
    return str(config.getini("flexprice_now"))
