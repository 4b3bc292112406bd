"""What hangs on a customer: entitlements, usage, subscriptions, wallets, invoices, portal (facts/02 §1.7)."""
