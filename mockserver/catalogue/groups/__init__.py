"""Groups of prices or features."""
