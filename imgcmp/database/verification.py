"""What is wrong with a database: everything that docs/format.md promises, checked, whether the file is whole or not.

HDF5 may crash on a damaged file, or never come to an end. So a file is examined in a process of its own, which tells
what is wrong as it finds it, and may die.
"""

import contextlib
import multiprocessing
import os
import signal
from io import BufferedReader
from multiprocessing.connection import Connection

import h5py

from imgcmp.database.attribute_faults import examine_attributes
from imgcmp.database.column_faults import ColumnFaults
from imgcmp.database.faults import ANEW, RESTORE, Say, text_of, why
from imgcmp.database.schema import READ_VERSIONS, SEGMENTS, USER_BLOCK_BYTES, VERSION
from imgcmp.database.sealed_file import SealedFile, n_checksum_bytes
from imgcmp.database.user_block import DamagedError, open_database, parse, stated_and_found, stated_version
from imgcmp.system.signals import ENDING

_DAMAGED_BLOCK = f"its user block, the first 512 bytes, is damaged: {RESTORE}"
_DONE = ""
_PATIENCE_S = 60.0
_BYTES_PER_S = 1e6  # a slow drive


def find_faults(path: str) -> list[str]:
    """Tell what is wrong with a database.

    Parameters
    ----------
    path : str
        The file.

    Returns
    -------
    faults : list of str
        One line for each thing that is wrong, and what to do about it; empty if there is nothing.

    Raises
    ------
    InputError
        If there is no such file, or it is not a database of a version that is known.
    """
    with open_database(path) as file:
        patience_s = _PATIENCE_S + os.fstat(file.fileno()).st_size / _BYTES_PER_S
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_examine_apart, args=(theirs, path), daemon=True)
    process.start()
    theirs.close()  # so that the end of the process is the end of the pipe
    faults: list[str] = []
    try:
        while ours.poll(patience_s):
            fault = ours.recv()
            if fault == _DONE:
                return faults
            faults.append(fault)
        faults.append(f"HDF5 does not come to an end with it: {RESTORE}")
    except EOFError:
        process.join()
        faults.append(f"HDF5 crashed on it ({_cause(process.exitcode or 0)}): {RESTORE}")
    finally:
        process.kill()
        process.join()
        ours.close()
    return faults


def examine(file: BufferedReader, say: Say) -> None:
    """Tell what is wrong with an open database; HDF5 may crash on it."""
    n_bytes = os.fstat(file.fileno()).st_size
    if n_bytes < USER_BLOCK_BYTES:
        say(f"it is cut off: {n_bytes:,} bytes are left of its user block, the first 512: {RESTORE}")
        return
    version, is_cut = _examine_user_block(file, say)
    try:
        with h5py.File(file, "r") as h5:
            version = version or _version_within(h5)
            kind = examine_attributes(h5, version, say)
            for columns in [h5] if version < VERSION else _segments(h5, say):
                ColumnFaults(columns, version, kind, n_bytes, say).examine()
    except Exception as error:  # HDF5 raises many kinds of them on damaged files
        if is_cut:
            return  # which has been said, and why HDF5 can't is of no use to anybody
        say(f"HDF5 cannot read it ({why(error)}): {RESTORE}")


def _examine_apart(connection: Connection, path: str) -> None:
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 2)  # what the C library says of a crash
    for number in ENDING:
        signal.signal(number, signal.SIG_IGN)  # they reach the whole group; the parent ends this process
    with open_database(path) as file:
        examine(file, connection.send)
    connection.send(_DONE)


def _cause(exit_code: int) -> str:
    return signal.Signals(-exit_code).name if exit_code < 0 else f"status {exit_code}"


def _examine_user_block(file: BufferedReader, say: Say) -> tuple[int | None, bool]:
    """Tell what is wrong with the user block; return the version that it states, and whether the file is cut off."""
    version = stated_version(file)
    if version == VERSION:
        return version, _examine_seal(file, say)
    stated, found = stated_and_found(file)
    if stated is None or found is None:
        say(_DAMAGED_BLOCK)
        return version, False
    is_cut = found.length < stated.length
    if stated.length != found.length:
        what = "cut off" if is_cut else "too long"
        say(f"it is {what}: {found.length:,} bytes after the user block, not {stated.length:,}: {RESTORE}")
    elif stated.sha256 != found.sha256:
        say(f"its checksum does not match: {RESTORE}")
    return version, is_cut


def _examine_seal(file: BufferedReader, say: Say) -> bool:
    """Tell which parts of a file of version 4 are not as they were written; return whether it is cut off."""
    try:
        sealed = SealedFile(os.dup(file.fileno()), "it")
    except DamagedError as error:
        missing = _what_is_missing(file)
        say(missing or f"{error.why}: {RESTORE}")
        return missing not in ("", _DAMAGED_BLOCK)
    if wrong := list(sealed.wrong_blocks()):
        where = f"{len(wrong):,} of {sealed.n_blocks:,} parts of 1 MiB, number {wrong[0]:,} the first"
        say(f"its checksum does not match in {where}: {RESTORE}")
    return False


def _what_is_missing(file: BufferedReader) -> str:
    """Tell what the head of a file whose checksums can't be read lacks, if anything; go back to its start."""
    stated = parse(file.read(USER_BLOCK_BYTES))
    file.seek(0)
    if stated is None:
        return _DAMAGED_BLOCK
    n_bytes = os.fstat(file.fileno()).st_size - USER_BLOCK_BYTES
    needed = stated.length + n_checksum_bytes(USER_BLOCK_BYTES + stated.length)
    if n_bytes >= needed:
        return ""
    return f"it is cut off: {max(n_bytes, 0):,} bytes after the user block, not {needed:,}: {RESTORE}"


def _segments(h5: h5py.File, say: Say) -> list[h5py.Group]:
    """Return the segments, in their order."""
    group = h5.get(SEGMENTS)
    names = list(group) if isinstance(group, h5py.Group) else []
    if not names or {*names} != {*map(str, range(len(names)))}:
        shown_names = text_of(", ".join(names[:5])) or "none"
        say(f"the group {SEGMENTS} must hold segments that are called 0, 1 and so on; got {shown_names}: {ANEW}")
        return []
    return [group[name] for name in sorted(names, key=int)]


def _version_within(h5: h5py.File) -> int:
    """Return the version of a file whose user block doesn't say it."""
    with contextlib.suppress(Exception):  # HDF5 raises many kinds of them on damaged files
        if h5.attrs["version"] in READ_VERSIONS:
            return int(h5.attrs["version"])
    return VERSION
