"""What lowers or raises what a customer pays: coupons and taxes."""
