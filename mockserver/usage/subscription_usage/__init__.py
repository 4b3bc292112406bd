"""What the usage of a subscription costs: the usage question."""
