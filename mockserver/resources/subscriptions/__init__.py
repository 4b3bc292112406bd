"""Subscriptions (facts/04)."""
