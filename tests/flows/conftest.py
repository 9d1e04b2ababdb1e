"""Lets the tests of this folder import what stands beside them (the trees, the oracle)."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
