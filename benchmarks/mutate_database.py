"""Damage a database in many ways, and see that no damage is passed over.

    python benchmarks/mutate_database.py --count 1000 --seed 0

The database has the fingerprints of `imgcmp run` (x 16, all views), and was saved several times. Every mutant must
either open and hold what the whole file holds, in every column, or be refused in one clear line, at the latest where a
damaged column is read; and `imgcmp check` must find something wrong with it exactly if it is refused. So damage that
changes no byte that means anything is passed over by both. A mutant of two states of the file, such as a power cut may
leave, may hold the earlier one. Each is read in a process of its own, since HDF5 may crash or hang on it: both are told
as faults. Prints how many there were of what, by damage and place; the exit status is 1, with the numbers of the
mutants, if some were neither.
"""

import argparse
import faulthandler
import multiprocessing
import os
import sys
import tempfile
import warnings
from collections import Counter
from collections.abc import Sequence
from multiprocessing.connection import Connection

import numpy as np
from damages import MIXED, Mutant, mutants

from imgcmp import InputError
from imgcmp.database.database import Database
from imgcmp.database.image_record import ImageRecord
from imgcmp.database.schema import FACTS, NOTES
from imgcmp.database.verification import find_faults
from imgcmp.fingerprints.parameters import RECOMMENDED_VIEWS, RECOMMENDED_X
from imgcmp.fingerprints.views import view_names
from imgcmp.images.detail import LEAST_DETAIL
from imgcmp.images.image_file import Failure, ImageFile

N_SAVES = 4
PATIENCE_S = 120.0

Contents = list[object]


class PassedOverError(AssertionError):
    """A damage that was passed over, or not told as it should be."""


def make_database(path: str, *, n_images: int = 120, seed: int = 0) -> list[bytes]:
    """Make a database to damage, with names, sources and failures of all kinds; return its earlier states.

    It is saved `N_SAVES` times: with more images, others for some that are there, failures, and without some.
    """
    rng = np.random.default_rng(seed)
    database = Database(path, method="phash", x=RECOMMENDED_X, views=RECOMMENDED_VIEWS)
    states, n_words, n_variants = [], RECOMMENDED_X * RECOMMENDED_X // 64, 1 + len(view_names(RECOMMENDED_VIEWS))
    for save in range(N_SAVES):
        records = []
        for k in range(save * n_images // N_SAVES - 3 * (save > 0), (save + 1) * n_images // N_SAVES):
            words = rng.integers(0, 2**64, size=(n_variants, n_words), dtype=np.uint64)
            file = ImageFile(os.fsdecode(f"/photos/{k % 7}/".encode() + b"caf\xe9 %d.jpg" % k), 1000 + k, 10**18 + k)
            records.append(
                ImageRecord(
                    file,
                    f"/original {k}" * (k % 2),
                    words[0],
                    400 + k,
                    300 + k,
                    rng.bytes(16),
                    words[1:],
                    detail=k % 100,
                    pixels=rng.bytes(16) if k % 100 < LEAST_DETAIL else bytes(16),
                    others="film" * (k % 3 == 0),
                )
            )
        database.update(records, [Failure(f"/bad {save}", "empty file", 0, 7), Failure("/lost", "was killed", -1, -1)])
        database.remove([records[1].file.path, f"/bad {save - 1}"])
        database.save()
        with open(path, "rb") as file:
            states.append(file.read())
    return states[:-1]


def contents(path: str) -> Contents:
    """Return all that a database holds, comparable by ==."""
    store = Database(path)
    columns = [store.words, store.views, store.digests, store.pixels, *(getattr(store, name) for name in FACTS)]
    names = [store.files, store.sources, store.failures, store.history, store.method, store.x, store.kinds]
    notes = [getattr(store, name) for name in NOTES]
    return [*names, *notes, *[(column.shape, str(column.dtype), column.tobytes()) for column in columns]]


def contents_of(raw: bytes) -> Contents:
    """Return what a database of these bytes holds."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "state.hdf")
        with open(path, "wb") as file:
            file.write(raw)
        return contents(path)


def judge(path: str, expected: Sequence[Contents], *, check: bool = True) -> str:
    """Return "opened" or "refused"; raise PassedOverError if a damaged file is neither, or `imgcmp check` disagrees.

    `expected` are the contents that it may have.
    """
    verdict = _read_apart(path, expected)
    if verdict not in ("opened", "refused"):
        raise PassedOverError(verdict)
    if check and bool(_faults(path)) != (verdict == "refused"):
        raise PassedOverError(f"it is {verdict}, and imgcmp check says {_faults(path)}")
    return verdict


def _read_apart(path: str, expected: Sequence[Contents]) -> str:
    """Return what `_read` says, in a process that may crash or hang."""
    context = multiprocessing.get_context("fork")  # a spawned one takes half a second to start, and there are 1,000
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_tell, args=(theirs, path, expected))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of forks beside threads: none of ours is used there
        process.start()
    theirs.close()
    try:
        return ours.recv() if ours.poll(PATIENCE_S) else f"reading it takes more than {PATIENCE_S:.0f} s"
    except EOFError:
        process.join()
        return f"reading it ended the process: {process.exitcode}"
    finally:
        process.kill()
        process.join()
        ours.close()


def _tell(connection: Connection, path: str, expected: Sequence[Contents]) -> None:
    faulthandler.disable()  # a crash is told by the parent
    try:
        connection.send(_read(path, expected))
    except BaseException as error:
        connection.send(f"neither opened nor refused: {error!r}")


def _read(path: str, expected: Sequence[Contents]) -> str:
    try:
        return "opened" if contents(path) in expected else "it opens, and holds something else"
    except InputError as error:
        return _wrong_words(str(error), path) or "refused"


def _faults(path: str) -> list[str]:
    try:
        faults = find_faults(path)
    except InputError as error:
        faults = [f"{path}: {error}"]
    for fault in faults:
        if wrong := _wrong_words(fault, ""):
            raise PassedOverError(wrong)
    return faults


def _wrong_words(text: str, path: str) -> str:
    is_clear = text.isprintable() and text.startswith(path) and ": " in text
    return "" if is_clear else f"it is refused in other words than one clear line: {text!r}"


def verdict_of(mutant: Mutant, path: str, whole: bytes, now: Contents, earlier: Sequence[Contents], check: bool) -> str:
    """Write a mutant and judge it; "unchanged" if its damage changed no byte, or where a state is whole."""
    with open(path, "wb") as file:
        file.write(mutant.raw)
    verdict = judge(path, [now, *earlier] if mutant.damage == MIXED else [now], check=check)
    return "unchanged" if mutant.raw == whole else verdict


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=1000, help="number of mutants (default: 1000)")
    parser.add_argument("--seed", type=int, default=0, help="of the damage (default: 0)")
    arguments = parser.parse_args()
    tally: Counter[tuple[str, str, str]] = Counter()
    n_wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        path, damaged = os.path.join(folder, "whole.hdf"), os.path.join(folder, "damaged.hdf")
        states = make_database(path)
        with open(path, "rb") as file:
            whole = file.read()
        now, earlier = contents(path), [contents_of(state) for state in states]
        for number, mutant in enumerate(mutants(path, count=arguments.count, seed=arguments.seed, earlier=states)):
            try:
                tally[mutant.damage, mutant.place, verdict_of(mutant, damaged, whole, now, earlier, check=True)] += 1
            except PassedOverError as error:
                print(f"mutant {number} ({mutant.damage}, {mutant.place}): {error}")
                n_wrong += 1
    for (damage, place, verdict), n in sorted(tally.items()):
        print(f"{damage}, {place}: {n} {verdict}")
    total: Counter[str] = Counter()
    for (_, _, verdict), n in tally.items():
        total[verdict] += n
    outcome = f"{n_wrong} neither right nor refused" if n_wrong else "each held all, or was refused in one line"
    verdicts = ", ".join(f"{n} {verdict}" for verdict, n in sorted(total.items()))
    print(f"{arguments.count} mutants: {verdicts}; {outcome}")
    return 1 if n_wrong else 0


if __name__ == "__main__":
    sys.exit(main())
