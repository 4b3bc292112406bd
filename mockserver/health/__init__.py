"""``/health``."""
