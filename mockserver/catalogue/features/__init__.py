"""Features (behaviour/prices-and-meters#features)."""
