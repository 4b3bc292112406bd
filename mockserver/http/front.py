"""What a browser sees at ``/``, where the real server has nothing."""

from __future__ import annotations

from flask import Response

from mockserver.settings import Settings

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>flexprice-mock</title></head><body>
<h1>flexprice-mock</h1>
<p>An emulator of the Flexprice billing API, {profile} profile. Send requests to <code>/v1</code> with an
<code>x-api-key</code>.</p>
<ul>
{dashboard}<li><a href="/openapi.json">/openapi.json</a>: the emulated API</li>
<li><a href="/health">/health</a>: whether it is up</li>
<li><code>flexprice-mock --help</code>: its commands; README.md explains them</li>
</ul>
</body></html>
"""
_DASHBOARD = '<li><a href="/_mock/">/_mock/</a>: events and bills as a page</li>\n'


def page(settings: Settings) -> Response:
    """The places of this server."""
    dashboard = _DASHBOARD if settings.control else ""
    text = _PAGE.format(profile=settings.divergences.profile, dashboard=dashboard)
    return Response(text, 200, content_type="text/html; charset=utf-8")
