"""Credit grants at work: what they give to wallets, and when."""
