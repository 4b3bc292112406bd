"""Mutation testing of the money paths: a seeded sample of mutants (docs/contributing/mutation-testing.md)."""
