"""Rows that every room may find by their keys, so that a lower room need not know a higher one."""
