"""Stored things as typed values, one module a subject; ``base`` makes them from rows and turns them back."""
