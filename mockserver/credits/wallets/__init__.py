"""Wallets: credits a customer holds, what adds to them and what uses them up
(behaviour/invoices-and-wallets#billing-objects)."""
