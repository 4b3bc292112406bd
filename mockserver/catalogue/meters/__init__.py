"""Meters (behaviour/prices-and-meters#meters)."""
