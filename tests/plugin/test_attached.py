"""Using a server that somebody runs with named keys, or under another host name."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mockserver.testing.servers import attached

from ..cli.conftest import Process
from ..cli.conftest import serve as serve


def test_a_server_beyond_loopback_with_named_keys(serve: Callable[..., Process]) -> None:
    """As in a container: every address, keys of a pattern, no token. A test's environment needs none."""
    process = serve("--host", "0.0.0.0", "--api-key", "ci-*")
    assert process.url.startswith("http://localhost:")
    assert "refused" in process.greeting
    assert "--control-token" in process.greeting
    started = {"now": "2026-04-14T00:00:00Z", "catalog": "documented"}
    with attached(process.url, "", {}, "ci-*") as server, server.environment(**started) as made:
        assert made.key.startswith("ci-")
        made.post("/customers", {"external_id": "a", "name": "A"})
        made.reset()
        assert made.get("/customers")["items"] == []
    with pytest.raises(pytest.UsageError, match="flexprice_key"), attached(process.url, "", {}):
        raise AssertionError("not reached")


def test_a_name_that_was_not_allowed_is_explained(serve: Callable[..., Process]) -> None:
    url = serve("--host", "0.0.0.0").url.replace("localhost", "0.0.0.0")
    with pytest.raises(pytest.UsageError, match="--allowed-host"), attached(url, "", {}):
        raise AssertionError("not reached")
