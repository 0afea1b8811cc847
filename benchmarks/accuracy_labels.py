"""The parts of the accuracy page on labels: of pairs of known relation, and of pages that only look alike."""

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, islice
from typing import NamedTuple

from accuracy_settings import table
from generated_pages import COPIES, N_OF_KIND, pages, photographs_of, write_pages
from label_confusion import APART, SIMILAR, confusion_table, measured
from label_pairs import HOWS, photographs_in
from PIL import Image

import imgcmp
from imgcmp.results.clusters import Cluster

MOST_PHOTOS = 2_500


def labels_sections(folders: Sequence[str], n_rounds: int) -> Iterator[str]:
    """Yield the paragraphs on labels, of so many pairs of each of the photographs in some folders."""
    yield "## Labels"
    counted = measured(islice(photographs_in(folders), MOST_PHOTOS), n_rounds)
    yield labels_text(counted.total())
    yield confusion_table(counted)
    yield "## Pages that look alike"
    yield pages_text()
    yield pages_table(photographs_of(folders, N_OF_KIND["screenshot"]))


def labels_text(n_pairs: int) -> str:
    return f"""\
{n_pairs:,} pairs of images, one made of the other in one of {len(HOWS)} ways by a script (benchmarks/label_pairs.py): a
row is what was made, a column what `imgcmp.find_duplicates` tells at the defaults, of the other file to the one that
it was made of. *Right* is the share of a row that is told so, *right where told* that of a column. Pairs that are only
{SIMILAR} may as well be {APART}."""


def pages_text() -> str:
    kinds = ", ".join(f"{n} of kind {kind}" for kind, n in N_OF_KIND.items())
    return f"""\
{sum(N_OF_KIND.values())} drawn pages (benchmarks/generated_pages.py): {kinds}. Those of one kind have one layout,
and each has {len(COPIES)} copies, resized and encoded anew. All are given to `imgcmp.find_duplicates`
at once, at the defaults.

- *Copies found*: those in one cluster with their page.
- *Joined*: pairs of different pages of which any files are in one cluster.
- *Named*: files that are told another relation than "{SIMILAR}" to a file of another page."""


class Joined(NamedTuple):
    """What became of the pages of one kind."""

    copies: int  # in one cluster with their page
    pairs: int  # of different pages that are in one cluster, or copies of them
    named: int  # files that are called more than similar to a file of another page


def pages_table(photographs: Sequence[Image.Image]) -> str:
    with tempfile.TemporaryDirectory() as folder:
        written = write_pages(os.path.realpath(folder), pages(photographs))
        groups = imgcmp.find_duplicates(folder).groups
    rows = []
    for kind, n_pages in N_OF_KIND.items():
        of_kind = {name: files for name, files in written.items() if name.startswith(kind)}
        found = joined(of_kind, groups)
        n_pairs = n_pages * (n_pages - 1) // 2
        rows.append([kind, f"{found.copies}/{n_pages * len(COPIES)}", f"{found.pairs}/{n_pairs}", found.named])
    return table(["pages", "copies found", "joined", "named"], rows)


def joined(written: Mapping[str, Sequence[str]], groups: Sequence[Cluster]) -> Joined:
    """Count what clusters make of pages, each given by its files, the page itself first."""
    page_of = {path: name for name, files in written.items() for path in files}
    original_of = {path: files[0] for files in written.values() for path in files}
    together: set[tuple[str, str]] = set()
    copies = named = 0
    for group in groups:
        files = [path for path in group.files if path in page_of]
        copies += sum(path != original_of[path] and original_of[path] in group.files for path in files)
        together.update(combinations(sorted({page_of[path] for path in files}), 2))
        for path, member in zip(group.files, group.members, strict=True):
            if path in page_of and page_of.get(member.to) != page_of[path] and member.relation != SIMILAR:
                named += 1
    return Joined(copies, len(together), named)
