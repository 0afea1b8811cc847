"""Compare images by content: fingerprints, Hamming distances, clusters.

The public names below are loaded when first used, so that ``import imgcmp`` costs neither numba nor numpy.
"""

import importlib
import sys
from typing import TYPE_CHECKING

from imgcmp.version import __version__ as __version__

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType

    from imgcmp.clusters.cut import sim_to_cut
    from imgcmp.clusters.estimator import HammingAgglomerative as HammingAgglomerative
    from imgcmp.clusters.known_components import KnownComponents
    from imgcmp.clusters.linkage import cluster, linkage
    from imgcmp.clusters.linkage_matrix import LinkageMatrix, cut_forest
    from imgcmp.commands.find_duplicates import Duplicates, find_duplicates
    from imgcmp.database.contents import History
    from imgcmp.database.database import Database
    from imgcmp.database.image_record import ImageRecord
    from imgcmp.errors import InputError, UnreadableImageError
    from imgcmp.fingerprints.fingerprint import fingerprint, fingerprint_views
    from imgcmp.fingerprints.fingerprint_files import FileFingerprints, fingerprint_files
    from imgcmp.fingerprints.hex_and_bytes import from_bytes, from_hex, to_bytes, to_hex
    from imgcmp.fingerprints.look_rows import LookRows
    from imgcmp.fingerprints.packing import pack, unpack
    from imgcmp.fingerprints.view_layout import ViewLayout
    from imgcmp.fingerprints.views import view_layout
    from imgcmp.images.image_file import Failure, ImageFile
    from imgcmp.results.clusters import Cluster
    from imgcmp.results.members import Member
    from imgcmp.search.database_index import DatabaseIndex, database_index
    from imgcmp.search.distances import cdist, pdist
    from imgcmp.search.hamming_index import HammingIndex
    from imgcmp.search.nearest import nearest
    from imgcmp.search.pairs import pairs

# Not HammingAgglomerative: what is listed here must be there without scikit-learn, too.
__all__ = [
    "Cluster",
    "Database",
    "DatabaseIndex",
    "Duplicates",
    "Failure",
    "FileFingerprints",
    "HammingIndex",
    "History",
    "ImageFile",
    "ImageRecord",
    "InputError",
    "KnownComponents",
    "LinkageMatrix",
    "LookRows",
    "Member",
    "UnreadableImageError",
    "ViewLayout",
    "cdist",
    "cluster",
    "cut_forest",
    "database_index",
    "find_duplicates",
    "fingerprint",
    "fingerprint_files",
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
    "view_layout",
]

_MODULE_OF = {
    "Cluster": "imgcmp.results.clusters",
    "Database": "imgcmp.database.database",
    "DatabaseIndex": "imgcmp.search.database_index",
    "Duplicates": "imgcmp.commands.find_duplicates",
    "Failure": "imgcmp.images.image_file",
    "FileFingerprints": "imgcmp.fingerprints.fingerprint_files",
    "HammingAgglomerative": "imgcmp.clusters.estimator",
    "HammingIndex": "imgcmp.search.hamming_index",
    "History": "imgcmp.database.contents",
    "ImageFile": "imgcmp.images.image_file",
    "ImageRecord": "imgcmp.database.image_record",
    "InputError": "imgcmp.errors",
    "KnownComponents": "imgcmp.clusters.known_components",
    "LinkageMatrix": "imgcmp.clusters.linkage_matrix",
    "LookRows": "imgcmp.fingerprints.look_rows",
    "Member": "imgcmp.results.members",
    "UnreadableImageError": "imgcmp.errors",
    "ViewLayout": "imgcmp.fingerprints.view_layout",
    "cdist": "imgcmp.search.distances",
    "cluster": "imgcmp.clusters.linkage",
    "cut_forest": "imgcmp.clusters.linkage_matrix",
    "database_index": "imgcmp.search.database_index",
    "find_duplicates": "imgcmp.commands.find_duplicates",
    "fingerprint": "imgcmp.fingerprints.fingerprint",
    "fingerprint_files": "imgcmp.fingerprints.fingerprint_files",
    "fingerprint_views": "imgcmp.fingerprints.fingerprint",
    "from_bytes": "imgcmp.fingerprints.hex_and_bytes",
    "from_hex": "imgcmp.fingerprints.hex_and_bytes",
    "linkage": "imgcmp.clusters.linkage",
    "nearest": "imgcmp.search.nearest",
    "pack": "imgcmp.fingerprints.packing",
    "pairs": "imgcmp.search.pairs",
    "pdist": "imgcmp.search.distances",
    "sim_to_cut": "imgcmp.clusters.cut",
    "to_bytes": "imgcmp.fingerprints.hex_and_bytes",
    "to_hex": "imgcmp.fingerprints.hex_and_bytes",
    "unpack": "imgcmp.fingerprints.packing",
    "view_layout": "imgcmp.fingerprints.views",
}


def __getattr__(name: str) -> object:
    if name not in _MODULE_OF:
        from imgcmp.moved_modules import new_place

        raise AttributeError(f"module {__name__!r} has no attribute {name!r}{new_place(name)}")
    value = getattr(importlib.import_module(_MODULE_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


class _MovedModules:
    """Says where a module went that is imported by its old name; asked when no other finder has found it."""

    def find_spec(
        self,
        name: str,
        path: "Sequence[str] | None",  # noqa: ARG002 -- the names and number are those of the protocol
        target: "ModuleType | None" = None,  # noqa: ARG002
        /,
    ) -> None:
        package, _, module = name.rpartition(".")
        if package == __name__:
            from imgcmp.moved_modules import new_place

            if place := new_place(module):
                raise ModuleNotFoundError(f"No module named {name!r}{place}")


sys.meta_path.append(_MovedModules())
