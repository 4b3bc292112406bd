"""Answers about a wallet that need more than the wallet: its real-time balance, and credits bought on invoice."""
