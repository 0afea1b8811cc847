"""Results -> the database -> the disk, from time to time."""

import time
from collections.abc import Callable

from imgcmp.database.database import Database
from imgcmp.database.image_record import ImageRecord
from imgcmp.images.image_file import Failure
from imgcmp.system.signals import uninterrupted
from imgcmp.system.text import count


class Checkpoints:
    """Brings results into the database, and the database onto the disk from time to time.

    Parameters
    ----------
    store : Database
        Where the results go.
    least_s : float
        Seconds between two checkpoints, at least; more if writing takes more than 5 % of the time.
    tell : callable, optional
        Called after each checkpoint, when it is on the disk, with a line: how many images are kept, how long saving
        took, and how long no other one follows.
    """

    def __init__(self, store: Database, least_s: float, tell: Callable[[str], None] | None = None) -> None:
        self.store = store
        self.tell = tell
        self.records: list[ImageRecord] = []
        self.failures: list[Failure] = []
        self.gone: list[str] = []
        self.least_s = least_s
        self.next_save = time.monotonic() + least_s

    def add(self, result: ImageRecord | Failure, *, gone: str | None = None) -> None:
        """Take a result, and the path of a file that is gone because it was moved."""
        if gone is not None:
            self.gone.append(gone)
        if isinstance(result, Failure):
            self.failures.append(result)
        else:
            self.records.append(result)
        if time.monotonic() >= self.next_save:
            self.save()

    def save(self) -> None:
        """Write the database, if there is anything new; signals that end the run wait until that is done."""
        if not (self.records or self.failures or self.gone):
            return
        start = time.monotonic()
        with uninterrupted():
            self.store.remove(self.gone)  # first: a new file may have the path of one that is gone
            self.store.update(self.records, self.failures)
            self.records, self.failures, self.gone = [], [], []
            self.store.save()
        end = time.monotonic()
        pause_s = max(self.least_s, 20 * (end - start))  # 20: so that saving takes at most 5 %
        self.next_save = end + pause_s
        if self.tell is not None:
            kept = count(len(self.store), "image")
            self.tell(f"saved: {kept} kept, in {end - start:.3f} s; the next in {pause_s:.3f} s or later")
