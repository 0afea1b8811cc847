"""Which members of a cluster have the same bytes, and which the same pixels: wherever they are in it."""

from collections.abc import Hashable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgcmp.images.file_digest import EDGE_BYTES
from imgcmp.results.members import FileReader, Images


class Sames(NamedTuple):
    """By row, the row of the first member with the same bytes, and with the same pixels: itself, if alone."""

    file: dict[int, int]
    pixels: dict[int, int]


def same_members(groups: Sequence[NDArray[np.intp]], images: Images, reader: FileReader) -> Sames:
    """Find the members of clusters that are the same.

    Parameters
    ----------
    groups : sequence of ndarray of intp
        The rows of each cluster's members.
    images : Images
        What is known of them.
    reader : FileReader
        What looks at files, where that is not enough.
    """
    file = _same_files(groups, images, reader)
    return Sames(file, _same_pixels(groups, images, reader, file))


def same_by_looks(sames: Sames, alike: Sequence[tuple[int, int]], images: Images, reader: FileReader) -> Sames:
    """Find equal pixels among pairs that look equal though their fingerprints are not, as those of a JPEG and its PNG.

    Parameters
    ----------
    sames : Sames
        What is known: it is not changed.
    alike : sequence of (int, int)
        Pairs of rows, each the first one of its pixels. Those of the second one become those of the first one.
    images, reader
        As for `same_members`.
    """
    if not alike:
        return sames
    digests = reader.pixel_digests([images.files[row] for pair in alike for row in pair])
    becomes = {}
    for one, other in alike:
        found = [digests.get(images.files[row]) for row in (one, other)]
        if None not in found and found[0] == found[1]:
            becomes[other] = one
    return sames._replace(pixels={row: becomes.get(first, first) for row, first in sames.pixels.items()})


def _same_files(groups: Sequence[NDArray[np.intp]], images: Images, reader: FileReader) -> dict[int, int]:
    """Tell which files have the same bytes: the digest is of all of a small one, and larger ones are compared."""
    first = {int(row): int(row) for group in groups for row in group}
    alike = _alike(groups, _by_digest(images), images)
    while alike:  # what differs from the first one may be equal among itself
        doubtful: list[tuple[int, int]] = []
        for one, *others in alike:
            for row in others:
                if _digest_tells(images, one) and _digest_tells(images, row):
                    first[row] = one
                else:
                    doubtful.append((one, row))
        files = [(images.files[one], images.files[other]) for one, other in doubtful]
        equal = reader.equal_pairs(files) if files else ()
        first.update({other: one for (one, other), pair in zip(doubtful, files, strict=True) if pair in equal})
        left = ([row for row in rows[1:] if first[row] == row] for rows in alike)
        alike = [rows for rows in left if len(rows) > 1]
    return first


def _by_digest(images: Images) -> list[Hashable]:
    return list(zip(images.size.tolist(), (digest.tobytes() for digest in images.digests), strict=True))


def _digest_tells(images: Images, row: int) -> bool:
    return bool(images.is_read[row] and images.size[row] <= 2 * EDGE_BYTES and images.digests[row].any())


def _same_pixels(
    groups: Sequence[NDArray[np.intp]], images: Images, reader: FileReader, file: dict[int, int]
) -> dict[int, int]:
    """Tell which images have the same pixels: of flat ones it is known, others of one fingerprint are decoded."""
    known: list[Hashable] = [digest.tobytes() if digest.any() else None for digest in images.pixels]
    first = dict(file)
    for rows in _alike(groups, known, images):
        first.update(dict.fromkeys(rows, first[rows[0]]))
    sizes = zip(images.width.tolist(), images.height.tolist(), (words.tobytes() for words in images.words), strict=True)
    of_one_kind = [
        [row for row in rows if first[row] == row] for rows in _alike(groups, list(sizes), images)
    ]  # of equal files one is enough
    sought = [images.files[row] for rows in of_one_kind if len(rows) > 1 for row in rows]
    digests = reader.pixel_digests(sought) if sought else {}
    seen: dict[Hashable, int] = {}
    for number, rows in enumerate(of_one_kind):
        for row in rows:
            digest = digests.get(images.files[row])
            if digest is not None:
                first[row] = seen.setdefault((number, digest), row)
    return {row: first[first[row]] for row in first}


def _alike(groups: Sequence[NDArray[np.intp]], keys: Sequence[Hashable], images: Images) -> list[list[int]]:
    """Return the rows of each cluster that share a key, two and more, in their order; None is no key.

    Files that are gone share nothing: whoever trusts them deletes the last one that is left.
    """
    alike: list[list[int]] = []
    for group in groups:
        by_key: dict[Hashable, list[int]] = {}
        for row in group.tolist():
            if keys[row] is not None and not images.is_gone(row):
                by_key.setdefault(keys[row], []).append(row)
        alike += [rows for rows in by_key.values() if len(rows) > 1]
    return alike
