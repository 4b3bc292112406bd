"""Tax rates, whom they are associated with, and the taxes of invoices (facts/06 §10.3, §14)."""
