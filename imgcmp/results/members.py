"""What is known of images, and what is told of the members of a cluster: the types."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgcmp.fingerprints.look_rows import LookRows
from imgcmp.fingerprints.packing import Words
from imgcmp.fingerprints.view_layout import ViewLayout
from imgcmp.fingerprints.view_rows import ViewRows
from imgcmp.fingerprints.views import View
from imgcmp.images.picture_difference import Difference
from imgcmp.results.picture_looks import Side, Sought


class Images(NamedTuple):
    """What is known of images, a row each.

    Attributes
    ----------
    files : sequence of str
        Their paths.
    is_read : ndarray of bool, shape (n,)
        Whether what follows was read from that very file, and not from a resized copy of it.
    words : ndarray of uint64, shape (n, n_words)
        Packed fingerprints.
    views : ndarray of uint64 or StoredViews, shape (n, n_views, n_words)
        Packed fingerprints of the views.
    view_list : sequence of View, length n_views
        What those are.
    layout : ViewLayout
        How they are compared.
    looks : LookRows or None
        Looks, which decide where bits are in doubt; None: there are none.
    digests, pixels : ndarray of uint8, shape (n, 16)
        Of the files, and of the pixels of flat pictures; zeros: unknown.
    width, height, size, detail : ndarray of int64, shape (n,)
        Pixels, bytes, and how much the picture shows.
    n_frames, frame : ndarray of int64, shape (n,)
        Frames or pages of the file, and the number of the one that stands for it, from 0; -1: unknown.
    others : sequence of str
        What else the files hold, with commas.
    damage : sequence of str
        What is wrong with the files; empty: nothing, or unknown.
    format, camera : sequence of str
        Of the files, as `imgcmp.images.stored_as` and `imgcmp.images.camera_facts` tell; empty: unknown.
    taken_ns : ndarray of int64, shape (n,), or None
        When the camera took them, by its clock.
    has_exif, has_gps : ndarray of int64, shape (n,), or None
        Whether the files have EXIF, and a position: 1 or 0; -1: unknown.
    mtime_ns : ndarray of int64, shape (n,), or None
        Time of the last change of the files when they were read.
    is_missing : ndarray of bool, shape (n,), or None
        Whether the files are gone, or others than those that were read; None: none are.
    """

    files: Sequence[str]
    is_read: NDArray[np.bool_]
    words: Words
    views: ViewRows
    view_list: Sequence[View]
    layout: ViewLayout
    looks: LookRows | None
    digests: NDArray[np.uint8]
    pixels: NDArray[np.uint8]
    width: NDArray[np.int64]
    height: NDArray[np.int64]
    size: NDArray[np.int64]
    detail: NDArray[np.int64]
    n_frames: NDArray[np.int64]
    frame: NDArray[np.int64]
    others: Sequence[str]
    damage: Sequence[str] = ()
    format: Sequence[str] = ()
    camera: Sequence[str] = ()
    taken_ns: NDArray[np.int64] | None = None
    has_exif: NDArray[np.int64] | None = None
    has_gps: NDArray[np.int64] | None = None
    mtime_ns: NDArray[np.int64] | None = None
    is_missing: NDArray[np.bool_] | None = None

    def is_gone(self, row: int) -> bool:
        """Tell whether the file of a row is gone, or another one by now."""
        return self.is_missing is not None and bool(self.is_missing[row])


class Member(NamedTuple):
    """A member of a cluster.

    `relation` is one of RELATIONS, to the file `to`, or BEST; `distance_bits` the distance from it, that of the view
    of this name if one of the two has a view that is nearer to the other one than the wholes are to each other.
    `n_frames`, `frame` and `others` are those of the database: how many frames or pages, the number of the one that
    stands for the file, and what else it holds; -1, and empty, where it is unknown.
    `to` is the path of the best file, or of another member that this is a copy of; `box` the part that the relation is
    about, in fractions of the sides, left, top, right, bottom: of an edited or recoloured one what differs, of a
    cropped one the part of the best that it is, of a framed one where in it the best is. `same_as` is the path of the
    one to keep of those with the same pixels, its own if it is that one, None: no other has them; `same_bytes_as` of
    the first of those with the same bytes, likewise.
    `holds_more` names, with commas, what would be lost with the file: of the same picture as that of `to`, what it
    holds and that one doesn't; of that one, what it holds and any of those doesn't; of others, what it holds and the
    one to keep of its pixels doesn't.
    `has_exif` and `has_gps` are 1 or 0; -1: unknown.
    """

    relation: str
    distance_bits: int
    view: str | None
    width: int
    height: int
    size: int
    detail: int
    n_frames: int = -1
    frame: int = -1
    others: str = ""
    to: str = ""
    box: tuple[float, float, float, float] | None = None
    same_as: str | None = None
    holds_more: str = ""
    same_bytes_as: str | None = None
    has_exif: int = -1
    has_gps: int = -1


def _nothing(_: object) -> Mapping[Any, Any]:
    return {}


class FileReader(NamedTuple):
    """What looks at files as a whole: see `imgcmp.results.identical_files`."""

    equal_pairs: Callable[[list[tuple[str, str]]], Collection[tuple[str, str]]]
    pixel_digests: Callable[[list[str]], Mapping[str, bytes]]
    differences: Callable[[list[tuple[Sought, Side]]], Mapping[tuple[str, str], Difference]] = _nothing
    evenness: Callable[[list[str]], Mapping[str, float]] = _nothing
