"""Compare images by content: fingerprints, Hamming distances, clusters.

The public names below are loaded when first used, so that ``import imgcmp`` costs neither numba nor numpy.
"""

import importlib
from typing import TYPE_CHECKING

from imgcmp.version import __version__ as __version__

if TYPE_CHECKING:
    from imgcmp.clusters.linkage import cluster, linkage, sim_to_cut
    from imgcmp.database.database import Database
    from imgcmp.errors import InputError, UnreadableImageError
    from imgcmp.fingerprints.fingerprint import fingerprint, fingerprint_views
    from imgcmp.fingerprints.hex_and_bytes import from_bytes, from_hex, to_bytes, to_hex
    from imgcmp.fingerprints.packing import pack, unpack
    from imgcmp.search.distances import cdist, nearest, pdist
    from imgcmp.search.pairs import pairs

__all__ = [
    "Database",
    "InputError",
    "UnreadableImageError",
    "cdist",
    "cluster",
    "fingerprint",
    "fingerprint_views",
    "from_bytes",
    "from_hex",
    "linkage",
    "nearest",
    "pack",
    "pairs",
    "pdist",
    "sim_to_cut",
    "to_bytes",
    "to_hex",
    "unpack",
]

_MODULE_OF = {
    "Database": "imgcmp.database.database",
    "InputError": "imgcmp.errors",
    "UnreadableImageError": "imgcmp.errors",
    "cdist": "imgcmp.search.distances",
    "cluster": "imgcmp.clusters.linkage",
    "fingerprint": "imgcmp.fingerprints.fingerprint",
    "fingerprint_views": "imgcmp.fingerprints.fingerprint",
    "from_bytes": "imgcmp.fingerprints.hex_and_bytes",
    "from_hex": "imgcmp.fingerprints.hex_and_bytes",
    "linkage": "imgcmp.clusters.linkage",
    "nearest": "imgcmp.search.distances",
    "pack": "imgcmp.fingerprints.packing",
    "pairs": "imgcmp.search.pairs",
    "pdist": "imgcmp.search.distances",
    "sim_to_cut": "imgcmp.clusters.linkage",
    "to_bytes": "imgcmp.fingerprints.hex_and_bytes",
    "to_hex": "imgcmp.fingerprints.hex_and_bytes",
    "unpack": "imgcmp.fingerprints.packing",
}


def __getattr__(name: str) -> object:
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(_MODULE_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
