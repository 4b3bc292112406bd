"""Meters (facts/03 §5)."""
