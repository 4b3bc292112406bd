"""Attaching addons to subscriptions and detaching them (behaviour/subscriptions#addons)."""
