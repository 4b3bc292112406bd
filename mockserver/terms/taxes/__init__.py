"""Tax rates, whom they are associated with, and the taxes of invoices (behaviour/invoices-and-wallets#coupons,
behaviour/invoices-and-wallets#billing-objects)."""
