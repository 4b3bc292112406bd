"""Bringing a plan's later prices to the subscriptions it has."""
