"""What every endpoint shares: who is calling, how JSON and query strings are read, how errors and lists look."""
