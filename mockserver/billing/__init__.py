"""What a subscription's usage costs (facts/06 §7, §11.1)."""
