"""The page at ``/_mock/`` and the bounded questions it asks: none of them reads everything."""
