"""Wallets: credits a customer holds, what adds to them and what uses them up (facts/06 §14)."""
