"""Plans (facts/02 §2)."""
