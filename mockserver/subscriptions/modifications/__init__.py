"""Modifying running subscriptions: quantities, trials, children (facts/04 §17)."""
