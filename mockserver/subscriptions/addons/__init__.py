"""Attaching addons to subscriptions and detaching them (facts/04 §14)."""
