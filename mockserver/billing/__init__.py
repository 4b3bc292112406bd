"""The month: from usage and fixed charges to a sealed invoice. README.md has the life of an invoice as one table."""
