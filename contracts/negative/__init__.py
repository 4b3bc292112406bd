"""Negative cases: every documented payload, mutated field by field."""

from contracts.negative.playing import play

__all__ = ["play"]
