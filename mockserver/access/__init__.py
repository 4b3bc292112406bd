"""Environments, API keys, users and sign-up: what a client needs before its first call
(behaviour/http#authentication)."""
