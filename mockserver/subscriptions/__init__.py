"""Who buys what: subscriptions with their line items, addons, coupons, changes and schedules."""
