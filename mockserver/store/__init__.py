"""State in SQLite: migrations, connections and transactions, entities, events and usage rollups. No Flask here."""
