"""Coupons: what they take off, which subscriptions hold them, what they did to invoices
(behaviour/invoices-and-wallets#coupons, behaviour/invoices-and-wallets#billing-objects)."""
