"""Entitlements (facts/06 §8, §14)."""
