"""The emulator in a container for Python tests: ``pip install testcontainers``, then copy this file.

Build the image first (``docker build -t flexprice-mock .`` in a checkout), or name yours in ``FLEXPRICE_MOCK_IMAGE``.

    def test_it() -> None:
        with FlexpriceContainer(profile="upstream") as flexprice:
            client = Flexprice(server_url=flexprice.base_url, api_key_auth="a key of your own")
            Control(flexprice.url, "a key of your own", flexprice.control_token).reset(everything=True)

A key owns an environment, so that tests may share one container: give each its own key.
"""

from __future__ import annotations

import os
import secrets

from testcontainers.core.container import DockerContainer
from testcontainers.core.wait_strategies import HttpWaitStrategy

PORT = 8080


class FlexpriceContainer(DockerContainer):
    """A container that is ready when ``with`` enters it. ``profile`` is ``documented`` or ``upstream``.

    ``allowed_host`` is the name under which the container is reached where that is not localhost: a remote engine, or a
    build machine that is a container itself."""

    def __init__(self, image: str | None = None, profile: str = "documented", allowed_host: str | None = None) -> None:
        super().__init__(image or os.environ.get("FLEXPRICE_MOCK_IMAGE", "flexprice-mock"))
        self.with_exposed_ports(PORT)
        self.control_token = secrets.token_urlsafe()
        host = allowed_host or os.environ.get("TESTCONTAINERS_HOST_OVERRIDE") or "localhost"
        self.with_env("FLEXPRICE_MOCK_PROFILE", profile)
        self.with_env("FLEXPRICE_MOCK_ALLOWED_HOST", host)
        self.with_env("FLEXPRICE_MOCK_CONTROL_TOKEN", self.control_token)
        self.waiting_for(HttpWaitStrategy(PORT, "/health").for_status_code(200))

    @property
    def url(self) -> str:
        """The server's root, below which the control routes are."""
        return f"http://{self.get_container_host_ip()}:{self.get_exposed_port(PORT)}"

    @property
    def base_url(self) -> str:
        """What clients are configured with."""
        return f"{self.url}/v1"
