#!/usr/bin/env python3
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # a checkout needs no installation

from imgcmp.__main__ import fingerprint_script

if __name__ == "__main__":
    raise SystemExit(fingerprint_script())
