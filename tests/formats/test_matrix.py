"""Every variant of every format is read as it is shown, or refused with a reason: what docs/formats.md says."""

import itertools
import json
import re
import sys
from collections import defaultdict
from importlib.util import find_spec

import numpy as np
import pytest
from formats import measure, readers
from formats.all_cells import CELLS
from formats.cell import difference
from formats.originals import ORIGINALS
from formats.writers import Missing

from imgcmp import UnreadableImageError, find_duplicates
from imgcmp.images.grey_pixels import read_picture
from imgcmp.images.open_file import opened
from imgcmp.images.pixel_digest import digest_whole_or_file
from imgcmp.images.shown_picture import read_shown

WHOLE = 10**6  # no reduced scale

ROUNDED = 1  # level: a gamma of 1.8 is 1.80078125 in a profile

TO_INSTALL, EXTRA_IS_THERE = "install imgcmp[formats]", find_spec("imagecodecs") is not None

UNSPEAKABLE = re.compile(
    r"\bb['\"]|bytes not processed|\w+Error|decoder error|broken data stream|tile cannot|Exception"
)
"""What no user should have to read in a reason."""


class Files:
    """The files of all cells, each written when it is asked for, once."""

    def __init__(self, folder):
        self.folder = folder
        self._known = {}

    def path(self, cell, original):
        """Return the path of a cell's file; None without the package that writes it."""
        key = (cell.name, original.name)
        if key not in self._known:
            try:
                self._known[key] = measure.written(cell, self.folder, original)
            except Missing:
                self._known[key] = None
        return self._known[key]


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return Files(tmp_path_factory.mktemp("formats"))


def named(cells):
    """Return cells as parameters."""
    return [pytest.param(cell, id=cell.name) for cell in cells]


def can_be_read(cell):
    """Tell whether the packages that a cell's format needs are installed."""
    try:
        if cell.needs:
            __import__(cell.needs)
    except ImportError:
        return False
    return True


def grey_pixels(cell, path):
    """Return the grey pixels that are read of a cell's file."""
    picture = read_shown(path, WHOLE).picture if cell.by_later_frame else read_picture(path, WHOLE)
    return np.asarray(picture.grey)


def test_there_are_at_least_250_cells_of_different_names():
    assert len(CELLS) >= 250
    assert len({cell.name for cell in CELLS}) == len(CELLS)
    assert len({cell.file_name(ORIGINALS[0]) for cell in CELLS}) == len(CELLS)


@pytest.mark.filterwarnings("ignore:.* will be removed in Pillow")  # IM is read as long as it can be
@pytest.mark.parametrize("cell", named(CELLS))
def test_a_cell_is_read_as_it_should_be(cell, files):
    if not can_be_read(cell):
        pytest.skip(f"{cell.needs} is not installed")
    for original in ORIGINALS:
        path = files.path(cell, original)
        if path is None:
            pytest.skip(f"{cell.writer} is not installed")
        try:
            grey = grey_pixels(cell, path)
        except UnreadableImageError as error:
            if TO_INSTALL in str(error) and not EXTRA_IS_THERE:
                pytest.skip(str(error))  # not read wrongly, and it says what to do
            assert cell.refused, f"it is refused: {error}"
            assert re.search(cell.refused, str(error))
            assert not UNSPEAKABLE.search(str(error))
            continue
        off = cell.off(original, grey)
        assert not cell.refused, f"it is read; levels off, at most and on average: {off}"
        assert cell.is_shown(original, grey), f"levels off, at most and on average: {off}; shape {grey.shape}"


def needing_packages():
    first = {cell.needs: cell for cell in reversed(CELLS) if cell.needs}
    return list(first.values())


@pytest.mark.parametrize("cell", named(needing_packages()))
def test_without_its_package_a_format_is_refused_with_what_to_install(cell, files, monkeypatch):
    path = files.path(cell, ORIGINALS[0])
    if path is None:
        pytest.skip(f"{cell.writer} is not installed")
    monkeypatch.setitem(sys.modules, cell.needs, None)
    with pytest.raises(UnreadableImageError, match=re.escape(TO_INSTALL)):
        read_picture(path, WHOLE)


# No two different pictures are identical


def readable_files(files):
    """Return {path: (cell, original)} of all files that are read, by cells that hold."""
    cells = [cell for cell in CELLS if not cell.refused and can_be_read(cell)]
    written = ((files.path(cell, original), cell, original) for cell, original in itertools.product(cells, ORIGINALS))
    return {path: (cell, original) for path, cell, original in written if path is not None}


def test_no_two_different_pictures_have_the_same_pixels(files):
    """In all pairs of files: a picture, and all that its file holds beside it, or none is equal."""
    of_digest = defaultdict(list)
    for path, (cell, original) in readable_files(files).items():
        of_digest[digest_if_readable(path)].append((cell, original))
    of_digest.pop(None, None)
    assert len(of_digest) >= 3 * 100  # the test compares something
    wrong = [
        f"{cell.name} of {original.name} and {other.name} of {another.name}"
        for same in of_digest.values()
        for (cell, original), (other, another) in itertools.pairwise(same)
        if not may_be_identical(cell, original, other, another)
    ]
    assert not wrong, "\n" + "\n".join(wrong)


def digest_if_readable(path):
    """Return what no other picture's file has; None where a package of the extra is missing."""
    with opened(path) as content:
        try:
            return digest_whole_or_file(content)
        except ModuleNotFoundError:
            if EXTRA_IS_THERE:
                raise
            return None


def may_be_identical(cell, original, other, another):
    """Tell whether two files may hold the same: of one picture, shown alike, with the same beside it."""
    if original is not another or cell.holds != other.holds:
        return False
    most, _ = difference(cell.grey(original), other.grey(another))
    return most <= ROUNDED


def test_no_two_different_pictures_are_called_identical(files):
    known = readable_files(files)
    found = find_duplicates(list(known), sim=0.1, x=8, views="none", workers=2)
    wrong, n_identical = [], 0
    for group in found.groups:
        for path, member in zip(group.files, group.members, strict=True):
            if member.relation in ("identical file", "identical pixels"):
                n_identical += 1
                if not may_be_identical(*known[member.to], *known[path]):
                    wrong.append(f"{member.to} and {path}: {member.relation}")
    assert not wrong, "\n" + "\n".join(wrong)
    assert n_identical >= 3


# The page


def entries():
    return json.loads(measure.MEASURED.read_text(encoding="utf-8"))


def test_what_was_measured_is_of_these_cells_and_no_others():
    there = [
        {key: entry[key] for key in entry if key not in ("agree", "differ", "why")} for entry in entries()["cells"]
    ]
    assert there == [measure.declared(cell) for cell in CELLS], "run python tests/formats/measure.py"


def test_two_independent_readers_agree_wherever_two_read_or_the_page_says_why_not():
    alone = [entry for entry in entries()["cells"] if measure.is_alone(entry)]
    assert alone
    assert [entry for entry in alone if not entry["why"]] == []


@pytest.mark.filterwarnings("ignore")  # theirs
@pytest.mark.parametrize("name", readers.READERS)
def test_an_independent_reader_reads_as_the_page_says(name, files):
    recorded = entries()
    version = readers.versions().get(name)
    if version != recorded["measured"]["versions"][name]:
        pytest.skip(f"{name} {version or 'none'} is installed, not the version that was asked")
    wrong = []
    for cell, entry in zip(CELLS, recorded["cells"], strict=True):
        path = files.path(cell, ORIGINALS[0])
        if path is None or name not in readers.asked(path):
            continue
        told = measure.opinion(cell, path, name)
        if (told == measure.AGREES) != (name in entry["agree"]):
            wrong.append(f"{cell.name}: {told}")
    assert not wrong, "\n" + "\n".join(wrong)
