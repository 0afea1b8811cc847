"""Compare images by content: fingerprints, Hamming distances, clusters.

The public names below are loaded when first used, so that ``import imgcmp`` costs neither numba nor numpy.
"""

import importlib
import sys
import types
from typing import TYPE_CHECKING

from imgcmp.version import __version__ as __version__

if TYPE_CHECKING:
    from imgcmp.database.database import Database
    from imgcmp.distances import cdist, nearest, pdist
    from imgcmp.errors import InputError, UnreadableImageError
    from imgcmp.fingerprints.fingerprint import fingerprint, fingerprint_views
    from imgcmp.fingerprints.packing import from_hex, pack, to_hex, unpack
    from imgcmp.linkage import cluster, linkage, sim_to_cut
    from imgcmp.pairs import pairs

__all__ = [
    "Database",
    "InputError",
    "UnreadableImageError",
    "cdist",
    "cluster",
    "fingerprint",
    "fingerprint_views",
    "from_hex",
    "linkage",
    "nearest",
    "pack",
    "pairs",
    "pdist",
    "sim_to_cut",
    "to_hex",
    "unpack",
]

_MODULE_OF = {
    "Database": "imgcmp.database.database",
    "InputError": "imgcmp.errors",
    "UnreadableImageError": "imgcmp.errors",
    "cdist": "imgcmp.distances",
    "cluster": "imgcmp.linkage",
    "fingerprint": "imgcmp.fingerprints.fingerprint",
    "fingerprint_views": "imgcmp.fingerprints.fingerprint",
    "from_hex": "imgcmp.fingerprints.packing",
    "linkage": "imgcmp.linkage",
    "nearest": "imgcmp.distances",
    "pack": "imgcmp.fingerprints.packing",
    "pairs": "imgcmp.pairs",
    "pdist": "imgcmp.distances",
    "sim_to_cut": "imgcmp.linkage",
    "to_hex": "imgcmp.fingerprints.packing",
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


class _Package(types.ModuleType):
    # `pairs` and `linkage` are a function and a module at once. The import system binds a loaded module to its
    # package; here the public function keeps the name, whichever is loaded first.
    def __setattr__(self, name: str, value: object) -> None:
        if not (name in _MODULE_OF and isinstance(value, types.ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
