"""What hangs on a customer: entitlements, usage, subscriptions, wallets, invoices, portal
(behaviour/customers-and-plans#sub-resources-of-a-customer)."""
