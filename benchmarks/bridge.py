"""What measurements of two builds call, by names and signatures of today, whichever build is imported.

All that differs between commits stands here. What no build that is compared lacks any more may go.
"""

import functools
import importlib
import inspect
import pkgutil
from collections.abc import Callable
from types import FunctionType
from typing import Any

import imgcmp

WORKERS = 2  # threads, so that figures of two machines can be compared


@functools.cache
def internal(name: str) -> Any:
    """Return what this build calls by a name that is not public, in whichever module it is defined."""
    for module in pkgutil.walk_packages(imgcmp.__path__, "imgcmp."):
        if not module.name.endswith("__main__"):
            found = vars(importlib.import_module(module.name)).get(name)
            if isinstance(found, (FunctionType, type)) and found.__module__ == module.name:
                return found
    raise LookupError(f"{name} is nowhere in imgcmp")


def internal_or_none(name: str) -> Any:
    """Return what this build calls by a name that is not public; None if it has nothing of that name."""
    try:
        return internal(name)
    except LookupError:
        return None


def cluster(words: Any, sim: float, *, linkage: str = "average", **options: Any) -> Any:
    if has_parameter(imgcmp.cluster, "linkage"):
        return imgcmp.cluster(words, sim, linkage=linkage, workers=WORKERS, **options)
    return imgcmp.cluster(words, 64 * words.shape[1], sim, method=linkage, workers=WORKERS, **options)


def linkage(words: Any, *, linkage: str = "average", **options: Any) -> Any:
    name = "linkage" if has_parameter(imgcmp.linkage, "linkage") else "method"
    return imgcmp.linkage(words, workers=WORKERS, **{name: linkage}, **options)


def has_parameter(function: Callable[..., Any], name: str) -> bool:
    return name in inspect.signature(function).parameters


def new_database(path: str, words: Any, views: Any = None, looks: Any = None) -> Any:
    """Return a database that holds these fingerprints, of files that are nowhere; it is not saved yet.

    Looks are for builds that keep some.
    """
    record, image_file = internal("ImageRecord"), internal("ImageFile")
    n, n_words = words.shape
    kinds = "none" if views is None else "all"
    store = imgcmp.Database(path, method="phash", x=round((64 * n_words) ** 0.5), views=kinds)
    columns = {name: rows for name, rows in (("views", views), ("look", looks)) if rows is not None}
    options = [{name: rows[k] for name, rows in columns.items()} for k in range(n)]
    store.update(
        record(
            image_file(f"/home/user/Pictures/album {k // 1000:03}/IMG_{k:06}.jpg", 4_000_000 + k, 10**18 + k),
            "",
            words[k],
            4000,
            3000,
            k.to_bytes(16, "big"),
            detail=50,
            **options[k],
        )
        for k in range(n)
    )
    return store
