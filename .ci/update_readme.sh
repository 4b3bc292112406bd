#!/usr/bin/env bash
# Print the register of divergences into the README.
set -euo pipefail
cd "$(dirname "$0")/.."
python3 - "$(${PYTHON:-.venv/bin/python} -m mockserver.cli divergences --markdown)" <<'PY'
import re, sys
from pathlib import Path

readme = Path("README.md")
table = f"<!-- divergences -->\n{sys.argv[1].strip()}\n<!-- /divergences -->"
readme.write_text(re.sub(r"<!-- divergences -->.*<!-- /divergences -->", lambda _: table, readme.read_text(), flags=re.S))
PY
