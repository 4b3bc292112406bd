"""Customers (facts/02 §1)."""
