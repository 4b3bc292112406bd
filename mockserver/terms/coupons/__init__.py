"""Coupons: what they take off, which subscriptions hold them, what they did to invoices (facts/06 §10.2, §14)."""
