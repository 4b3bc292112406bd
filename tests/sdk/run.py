"""Run the journeys with the SDK that is installed here: ``run.py BASE_URL KEY_PREFIX [REFUSED_OPERATION ...]``.

Prints one JSON object: for each journey what went wrong (empty if nothing), the operations called, those refused.
"""

from __future__ import annotations

import json
import sys
import traceback

from flexprice import Flexprice, __version__
from journeys import JOURNEYS
from recorder import Recorder


def main(base: str, prefix: str, refuses: list[str]) -> None:
    wrong, called, refused = {}, set(), {}
    for name, journey in JOURNEYS.items():
        with Flexprice(server_url=base, api_key_auth=f"{prefix}-{name}", timeout_ms=60_000) as client:
            on = Recorder(client, refuses)
            try:
                journey(on)
            except Exception:
                wrong[name] = traceback.format_exc(limit=-6)
            called |= on.called
            refused |= on.refused
    print(json.dumps({"version": __version__, "wrong": wrong, "called": sorted(called), "refused": refused}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
