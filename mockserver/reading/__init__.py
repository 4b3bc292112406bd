"""Answers that put several rooms together."""
