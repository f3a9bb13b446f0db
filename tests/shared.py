"""Where the data beside the project are: the official packages and Synthea's patients. Nothing here tests anything."""

import os
from pathlib import Path

SHARED = Path(os.environ.get("SOCLE_SHARED") or Path(__file__).resolve().parents[2] / "shared")
"""The folder `../shared`, or the one that SOCLE_SHARED names; tests that need what is missing say so."""
