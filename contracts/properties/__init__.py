"""Property-based runs: Schemathesis over the emulator's own OpenAPI document, or any other."""

from .running import LONG, SEED, SHORT, Budget, command, run, run_own

__all__ = ["LONG", "SEED", "SHORT", "Budget", "command", "run", "run_own"]
