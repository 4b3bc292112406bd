"""The modules beside the tests also run by themselves, in environments that hold another release of the SDK."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
