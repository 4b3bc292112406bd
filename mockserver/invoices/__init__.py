"""Invoices (behaviour/rating#the-pipeline, behaviour/rating#entitlements, behaviour/rating#commitments,
behaviour/invoices-and-wallets#fixed-charges, behaviour/invoices-and-wallets#invoice-routes)."""
