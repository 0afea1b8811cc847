"""New files that are known ones, moved; and known ones that are gone."""

import os
from collections.abc import Iterable

from imgcmp.database.image_record import ImageRecord
from imgcmp.database.image_table import ImageTable
from imgcmp.images.image_file import ImageFile
from imgcmp.images.missing_files import gone


class Moves:
    """Tells new files from those that were moved: they are like a known file that isn't where it was.

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
        missing = store.find_missing({file.size for file in files})
        self._origins = {
            key: [record for record in records if record.file.path not in there] for key, records in missing.items()
        }
        self.known = frozenset(key for key, records in self._origins.items() if records)
        self._gone = gone_files((record.file.path for key in self.known for record in self._origins[key]), paths)
        for records in self._origins.values():
            records.sort(key=lambda record: record.file.path not in self._gone)

    def origin(self, known: bytes) -> tuple[ImageRecord, bool]:
        """Return what is known of a file that was moved, and whether it is gone from where it was.

        It may be on a drive that isn't there at the moment: then both are kept. Of equal files each is taken once, and
        the last one again if there are more of them now.
        """
        records = self._origins[known]
        record = records.pop(0) if len(records) > 1 else records[0]
        return record, record.file.path in self._gone


def gone_files(known: Iterable[str], paths: list[str]) -> set[str]:
    """Return which of many known files are gone, if these paths were named for the run."""
    known = list(known)
    return gone(known, below=map(os.path.realpath, paths)) if known else set()
