"""An invoice with its customer, subscription and taxes."""
