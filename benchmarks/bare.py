"""The least a server can do: Flask on the same WSGI server, JSON in, one row stored, JSON out.

It knows no keys, no environments and no rules, and checks nothing.
"""

from __future__ import annotations

import json
import sqlite3
import sys
import threading
from pathlib import Path

from flask import Flask, Response, jsonify, request

from mockserver import serving


def create_app(path: Path) -> Flask:
    """An application that stores what is posted to it in one indexed table."""
    local, writer = threading.local(), threading.Lock()

    def connection() -> sqlite3.Connection:
        found: sqlite3.Connection | None = getattr(local, "connection", None)
        if found is None:
            found = local.connection = sqlite3.connect(path, isolation_level=None, timeout=30)
            found.execute("PRAGMA journal_mode=WAL")
            found.execute("PRAGMA synchronous=OFF")
        return found

    connection().execute("CREATE TABLE items (id INTEGER PRIMARY KEY, external_id TEXT, name TEXT, metadata TEXT)")
    connection().execute("CREATE INDEX items_external ON items (external_id)")
    app = Flask("bare")

    @app.post("/items")
    def add() -> tuple[Response, int]:
        data = request.get_json()
        external_id = data.get("external_id") or data.get("external_customer_id")
        name = data.get("name") or data.get("event_name")
        row = (external_id, name, json.dumps(data.get("metadata") or data.get("properties")))
        database = connection()
        with writer:
            found = database.execute("INSERT INTO items (external_id, name, metadata) VALUES (?, ?, ?)", row)
        return jsonify(id=found.lastrowid), 201

    return app


if __name__ == "__main__":
    listener = serving.listen("127.0.0.1", 0)
    serving.run(
        create_app(Path(sys.argv[1])),
        listener,
        ready=lambda: print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True),
        before_fork=lambda: None,
    )
