"""Compiled kernels on disk, under one stamp for this folder.

numba's own cache knows a function by the file it stands in: when a function that it calls changes in another file, the
old code is run (numba 0.60.0 and 0.68.1). And a damaged, cut or full cache ends the run. Here an entry is kept under a
hash of all files of this folder; what can't be read is compiled anew, and what can't be written is said once.

The names of numba's that this hangs on: `Dispatcher._cache`, `CompileResult._reduce` and `_rebuild`,
`CompileResultCacheImpl` for the folder, `serialize.dumps`, `CodeLibrary.has_dynamic_globals`, `Codegen.magic_tuple`.
"""

import functools
import hashlib
import os
import pickle
import re
import secrets
import sys
import time
import warnings
from contextlib import suppress
from typing import Any

import llvmlite
import numba
from numba.core import caching, compiler, serialize

from imgcmp.kernels.watching import KernelCacheWarning, watchers

_SUFFIX = f".{sys.implementation.cache_tag}.kernel"  # Pythons may share a folder
_DIGEST_BYTES = 32
_TEMPORARY = ("imgcmp-", ".tmp")
_TEMPORARY_OF_NUMBA = re.compile(
    r".*\.nb[ic]\.tmp\.[0-9a-f]+\Z"
)  # of the cache that earlier versions used, and others do
# Seconds after which a temporary file is one of a dead process: it takes milliseconds to write, on the slowest drive
# seconds, and is younger while it is written to. An hour is for clocks of servers that differ from ours.
_TEMPORARY_S = 3600


class KernelCache:
    """What a dispatcher of numba's asks before it compiles an entry, and tells after it.

    Parameters
    ----------
    function : function
        The entry, in a file of this folder.
    """

    def __init__(self, function: Any) -> None:
        self._function = function

    @property
    def cache_path(self) -> str | None:
        """The folder of the files; None if none can be written to."""
        return cache_folder(self._function)

    def load_overload(self, signature: Any, target_context: Any) -> Any:
        """Return the compiled kernel, or None if it is not there, or damaged."""
        target_context.refresh()
        # What a damaged file makes pickle or numba raise is anything, and so is what a numba does whose internals are
        # others: it is compiled anew, whatever it was.
        with suppress(Exception):
            path = self._path(signature, target_context.codegen())
            if path is not None:
                kept = pickle.loads(_checked(path))
                return compiler.CompileResult._rebuild(target_context, *kept)
        for tell in watchers:
            tell(self._function.__name__)
        return None

    def save_overload(self, signature: Any, compiled: Any) -> None:
        """Keep a compiled kernel; say so once if that can't be done."""
        try:
            path = self._path(signature, compiled.codegen)
            if path is None:
                _say_not_kept("no folder for them can be written to")
            elif not compiled.library.has_dynamic_globals:
                _write(path, serialize.dumps(compiled._reduce()))
                remove_old_files(os.path.dirname(path))
        except OSError as error:
            _say_not_kept(f"{self.cache_path}: {(error.strerror or str(error)).lower()}")
        except Exception as error:  # a numba whose internals are others
            _say_not_kept(f"numba {numba.__version__}: {error}")

    def flush(self) -> None:
        """Do nothing: what is kept belongs to its stamp."""

    def _path(self, signature: Any, codegen: Any) -> str | None:
        folder, stamp = cache_folder(self._function), source_stamp()
        if folder is None or stamp is None:
            return None
        key = hashlib.sha256(repr((signature, codegen.magic_tuple())).encode()).hexdigest()
        return os.path.join(folder, f"{self._function.__name__}.{stamp}.{key[:16]}{_SUFFIX}")


@functools.cache
def source_stamp() -> str | None:
    """Return a hash of all that a compiled kernel depends on but its types and the processor; None without sources."""
    folder = os.path.dirname(os.path.abspath(__file__))
    stamp = hashlib.sha256(repr((numba.__version__, llvmlite.__version__)).encode())
    try:
        for name in sorted(name for name in os.listdir(folder) if name.endswith(".py")):
            with open(os.path.join(folder, name), "rb") as file:
                stamp.update(hashlib.sha256(file.read()).digest())
    except OSError:  # in a zip file, say
        return None
    return stamp.hexdigest()[:16]


_folders: dict[str, str | None] = {}


def cache_folder(function: Any) -> str | None:
    """Return the folder where numba would keep what it compiles of a function; None if none can be written to.

    NUMBA_CACHE_DIR names one; by default it is __pycache__ beside the file, or one in the user's own cache.
    """
    source = os.path.dirname(function.__code__.co_filename)
    if source not in _folders:
        try:
            impl = caching.CompileResultCacheImpl(function)
            _folders[source] = impl.locator.get_cache_path()
        except (RuntimeError, OSError):
            _folders[source] = None
    return _folders[source]


def remove_old_files(folder: str) -> None:
    """Remove what other versions of this folder left, and processes that died: no stamp but this one is asked for."""
    current, prefix, suffix = f".{source_stamp()}.", *_TEMPORARY
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            name = entry.name
            is_old = name.endswith((".nbi", ".nbc")) or (name.endswith(_SUFFIX) and current not in name)
            with suppress(OSError):
                if (name.startswith(prefix) and name.endswith(suffix)) or _TEMPORARY_OF_NUMBA.match(name):
                    is_old = entry.stat().st_mtime < time.time() - _TEMPORARY_S
                if is_old:
                    os.unlink(entry.path)


def _checked(path: str) -> bytes:
    """Return what a file holds behind its digest; ValueError if it is another one's."""
    with open(path, "rb") as file:
        digest, data = file.read(_DIGEST_BYTES), file.read()
    if hashlib.sha256(data).digest() != digest:
        raise ValueError(f"{path} is damaged")
    return data


def _write(path: str, data: bytes) -> None:
    """Write a file beside its place and rename it: readers see all of it or nothing."""
    folder = os.path.dirname(path)
    os.makedirs(folder, exist_ok=True)
    temporary = os.path.join(folder, secrets.token_hex(8).join(_TEMPORARY))
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)  # others may read it, as they may numba's
    try:
        with open(handle, "wb") as file:
            file.write(hashlib.sha256(data).digest())
            file.write(data)
        os.replace(temporary, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise


_is_said = False


def _say_not_kept(why: str) -> None:
    global _is_said
    if _is_said:
        return
    _is_said = True
    text = f"compiled kernels can't be kept ({why}): every run compiles them anew; NUMBA_CACHE_DIR names another folder"
    warnings.warn_explicit(text, KernelCacheWarning, "imgcmp", 0)  # no line of this file would help
