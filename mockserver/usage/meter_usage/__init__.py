"""Metered usage of a customer's meters (behaviour/events-and-usage#metered-usage)."""
