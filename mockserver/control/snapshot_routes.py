"""Snapshots of the whole state over HTTP: take, list, restore, download, upload, delete."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request, send_file

from mockserver.control.asking import Asking
from mockserver.control.errors import ControlError
from mockserver.errors import BadBody
from mockserver.http import bodies
from mockserver.http.doors import SNAPSHOT_TYPE
from mockserver.http.rendering import json_response
from mockserver.store.snapshots import Snapshot, SnapshotError, Snapshots


def add(control: Blueprint, asking: Asking) -> None:
    """Put the routes on the blueprint. They act on every environment, and ask for what that needs before all else."""
    snapshots = Snapshots(asking.store)

    @control.post("/snapshots")
    def take() -> Response:
        """Copies the whole state, of every environment, under a name: ``{"name": "seeded"}``."""
        asking.whole_server()
        name = asking.body().get("name")
        if not isinstance(name, str):
            raise ControlError("name must be a text")
        return json_response(201, _shown(snapshots.take(name)))

    @control.get("/snapshots")
    def list_() -> Response:
        """The snapshots with size and time."""
        asking.whole_server()
        return json_response(200, {"snapshots": [_shown(found) for found in snapshots.all()]})

    @control.get("/snapshots/<name>")
    def download(name: str) -> Response:
        """The snapshot as one SQLite file."""
        asking.whole_server()
        path = snapshots.existing(name)
        return send_file(path, mimetype=SNAPSHOT_TYPE, as_attachment=True, download_name=path.name, max_age=0)

    @control.put("/snapshots/<name>")
    def upload(name: str) -> Response:
        """Keeps the SQLite file in the body (``application/vnd.sqlite3``) under a name; one of an older version is
        migrated."""
        asking.whole_server()
        try:
            data = bodies.read(request, asking.settings.max_upload, cache=False)
        except BadBody as error:
            raise ControlError(error.message) from None
        return json_response(201, _shown(snapshots.put(name, data)))

    @control.post("/snapshots/<name>/restore")
    def restore(name: str) -> Response:
        """Makes the state what it was when the snapshot was taken, keys and clocks included, also with several
        workers."""
        asking.whole_server()
        return json_response(200, _shown(snapshots.restore(name)))

    @control.delete("/snapshots/<name>")
    def delete(name: str) -> Response:
        """Removes the snapshot."""
        asking.whole_server()
        snapshots.delete(name)
        return json_response(200, {"deleted": name})

    @control.errorhandler(FileNotFoundError)
    def vanished(error: FileNotFoundError) -> Response:
        # Deleted by somebody else while it was being sent.
        return json_response(404, {"error": "that snapshot was just deleted"})

    @control.errorhandler(SnapshotError)
    def refused(error: SnapshotError) -> Response:
        return json_response(404 if error.missing else 400, {"error": str(error)})


def _shown(snapshot: Snapshot) -> dict[str, Any]:
    return {"name": snapshot.name, "bytes": snapshot.bytes, "taken_at": snapshot.taken_at}
