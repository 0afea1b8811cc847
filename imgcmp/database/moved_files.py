"""New files that are known ones, moved, or that only look changed; and known ones that are gone."""

import os
from collections import defaultdict
from collections.abc import Iterable

from imgcmp.database.image_record import ImageRecord
from imgcmp.database.image_table import ImageTable
from imgcmp.images.image_file import ImageFile
from imgcmp.images.missing_files import gone


class Moves:
    """Tells new files from known ones that were moved: they are like a known file that isn't where it was.

    Or that may have changed since, and have not, or only their names: see `ImageTable.find_doubtful`.

    Parameters
    ----------
    store : ImageTable
        What is known.
    files : list of ImageFile
        New and changed files.
    paths : list of str
        What was named for the run.

    Attributes
    ----------
    known : frozenset of bytes
        What files that are missing are known by.
    """

    def __init__(self, store: ImageTable, files: list[ImageFile], paths: list[str]) -> None:
        there = {file.path for file in files}
        origins = defaultdict(list, store.find_doubtful(files))
        missing = []
        for key, records in store.find_missing({file.size for file in files}).items():
            found = [record for record in records if record.file.path not in there]
            missing += [record.file.path for record in found]
            origins[key] += found
        self._origins = {key: records for key, records in origins.items() if records}
        self.known = frozenset(self._origins)
        self._gone = gone_files(missing, paths)
        for records in self._origins.values():
            records.sort(key=lambda record: record.file.path not in self._gone)

    def origin(self, known: bytes, path: str) -> tuple[ImageRecord, bool]:
        """Return what is known of a file, and whether it is gone from where it was.

        If not it may be on a drive that isn't there at the moment: then both are kept; or the file is what it was. Of
        equal files each is taken once, and the last one again if there are more of them now.
        """
        records = self._origins[known]
        same = [k for k, record in enumerate(records) if record.file.path == path]
        k = same[0] if same else 0
        record = records.pop(k) if len(records) > 1 else records[k]
        return record, record.file.path in self._gone


def gone_files(known: Iterable[str], paths: list[str]) -> set[str]:
    """Return which of many known files are gone, if these paths were named for the run."""
    known = list(known)
    return gone(known, below=map(os.path.realpath, paths)) if known else set()
