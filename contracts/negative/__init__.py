"""Negative cases: every documented payload, mutated field by field."""

from .playing import play

__all__ = ["play"]
