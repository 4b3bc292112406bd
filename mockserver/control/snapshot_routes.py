"""Snapshots of the whole state over HTTP: take, list, restore, download, upload, delete."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request, send_file

from mockserver.control.asking import Asking
from mockserver.control.errors import ControlError
from mockserver.errors import BadBody
from mockserver.http import bodies
from mockserver.http.rendering import json_response
from mockserver.store.snapshots import Snapshot, SnapshotError, Snapshots

MEDIA_TYPE = "application/vnd.sqlite3"


def add(control: Blueprint, asking: Asking) -> None:
    """Put the routes on the blueprint. They need a key that is accepted, and act on every environment."""
    snapshots = Snapshots(asking.store)

    @control.post("/snapshots")
    def take() -> Response:
        name = asking.body().get("name")
        asking.environment()
        if not isinstance(name, str):
            raise ControlError("name must be a text")
        return json_response(201, _shown(snapshots.take(name)))

    @control.get("/snapshots")
    def list_() -> Response:
        asking.environment()
        return json_response(200, {"snapshots": [_shown(found) for found in snapshots.all()]})

    @control.get("/snapshots/<name>")
    def download(name: str) -> Response:
        asking.environment()
        path = snapshots.existing(name)
        return send_file(path, mimetype=MEDIA_TYPE, as_attachment=True, download_name=path.name, max_age=0)

    @control.put("/snapshots/<name>")
    def upload(name: str) -> Response:
        asking.environment()
        try:
            data = bodies.read(request, asking.settings.max_upload, cache=False)
        except BadBody as error:
            raise ControlError(error.message) from None
        return json_response(201, _shown(snapshots.put(name, data)))

    @control.post("/snapshots/<name>/restore")
    def restore(name: str) -> Response:
        asking.environment()
        return json_response(200, _shown(snapshots.restore(name)))

    @control.delete("/snapshots/<name>")
    def delete(name: str) -> Response:
        asking.environment()
        snapshots.delete(name)
        return json_response(200, {"deleted": name})

    @control.errorhandler(SnapshotError)
    def refused(error: SnapshotError) -> Response:
        return json_response(404 if error.missing else 400, {"error": str(error)})


def _shown(snapshot: Snapshot) -> dict[str, Any]:
    return {"name": snapshot.name, "bytes": snapshot.bytes, "taken_at": snapshot.taken_at}
