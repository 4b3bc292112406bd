"""Metered usage of a customer's meters (facts/05 §9)."""
