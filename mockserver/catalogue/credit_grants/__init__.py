"""Credit grants (facts/06 §14)."""
