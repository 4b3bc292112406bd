"""Subscriptions (behaviour/subscriptions)."""
