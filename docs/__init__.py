"""The pages for people, and ``docs.generate``, which writes into docs/reference what the code says by itself."""
