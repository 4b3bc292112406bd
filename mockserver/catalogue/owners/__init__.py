"""The plans, addons and subscriptions that prices, entitlements and credit grants belong to."""
