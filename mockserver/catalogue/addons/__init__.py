"""Addons: prices, entitlements and credit grants that a subscription may have beside its plan."""
