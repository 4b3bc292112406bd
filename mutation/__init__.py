"""Mutation testing of the money paths: a seeded sample of mutants, run by mutmut (docs/contributing/mutation-testing.md)."""
