"""Customers (behaviour/customers-and-plans#customers)."""
