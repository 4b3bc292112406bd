"""The shop that bills are tested with."""

from __future__ import annotations

from tests.billing.conftest import documented_shop, shop, upstream_shop

__all__ = ["documented_shop", "shop", "upstream_shop"]
