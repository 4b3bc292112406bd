"""Entitlements (behaviour/rating#entitlements, behaviour/invoices-and-wallets#billing-objects)."""
