"""Money paid ahead or owed: wallets, and the credit grants that fill them."""
