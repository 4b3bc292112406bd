"""A stateful emulator of the Flexprice billing API."""

__version__ = "0.1.0"
