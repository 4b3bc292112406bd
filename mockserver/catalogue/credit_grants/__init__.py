"""Credit grants (behaviour/invoices-and-wallets#billing-objects)."""
