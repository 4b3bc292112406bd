"""Features (facts/03 §6)."""
