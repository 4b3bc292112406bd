"""Plans (behaviour/customers-and-plans#plans)."""
