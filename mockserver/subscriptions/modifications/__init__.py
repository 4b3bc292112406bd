"""Modifying running subscriptions: quantities, trials, children (behaviour/subscriptions#addons)."""
