"""What a database holds, for people and for machines."""

import json
import os
from collections import Counter
from dataclasses import dataclass

import numpy as np

from imgcmp.database.contents import History
from imgcmp.database.database import Database
from imgcmp.database.schema import UNKNOWN
from imgcmp.images.failure_groups import by_reason
from imgcmp.images.image_file import Failure
from imgcmp.images.missing_files import is_missing
from imgcmp.system.text import count, shown

_AS_HELD = {"film": "a film behind the picture", "layers": "layers", "pages": "pages"}  # others: with "a"


@dataclass(frozen=True)
class Summary:
    """What a database holds.

    Attributes
    ----------
    path : str
        The file.
    version, n_bytes : int
        Its format, and its size.
    method, x, n_bits : str, int, int
        Kind of the fingerprints.
    views : str
        Kinds of the views of which there are fingerprints, too.
    n_images, n_copies, n_distinct, n_gone : int
        Images; those that are resized copies of others; different fingerprints; images whose file is no longer there.
    n_of_several_frames, n_of_unknown_frames, n_by_later_frame : int
        Files of more than one frame or page; those of which nobody knows; those for which a later one than the first
        stands.
    n_by_preview : int
        Images that are known by their previews alone.
    others : dict of str to int
        How many files hold what else, by the words of `imgcmp.images.also_held.OTHERS`.
    failures : list of Failure
        The files that could not be read, sorted.
    history : History
        When and by what it was made and changed.
    """

    path: str
    version: int
    n_bytes: int
    method: str
    x: int
    n_bits: int
    views: str
    n_images: int
    n_copies: int
    n_distinct: int
    n_gone: int
    n_of_several_frames: int
    n_of_unknown_frames: int
    n_by_later_frame: int
    n_by_preview: int
    others: dict[str, int]
    failures: list[Failure]
    history: History


def summarize(path: str) -> Summary:
    """Look at a database and at the files that it names; InputError if it can't be used."""
    store = Database(path)
    return Summary(
        path=store.path,
        version=store.version,
        n_bytes=os.path.getsize(store.path),
        method=store.method,
        x=store.x,
        n_bits=store.n_bits,
        views=store.kinds,
        n_images=len(store),
        n_copies=sum(source != "" for source in store.sources),
        n_distinct=len(np.unique(store.words, axis=0)),
        n_gone=sum(map(is_missing, store.files)),
        n_of_several_frames=int(np.count_nonzero(store.n_frames > 1)),
        n_of_unknown_frames=int(np.count_nonzero((store.n_frames == UNKNOWN) & (store.frame == UNKNOWN))),
        n_by_later_frame=int(np.count_nonzero(store.frame > 0)),
        n_by_preview=int(np.count_nonzero(store.rest_on_previews())),
        others=dict(sorted(Counter(word for text in store.others if text for word in text.split(",")).items())),
        failures=sorted(store.failures.values()),
        history=store.history,
    )


def format_summary(summary: Summary, *, verbose: bool = False) -> str:
    """Return a summary as lines; with every failure, if `verbose`."""
    lines = [
        f"database: {shown(summary.path)}",
        f"format: version {summary.version}, {summary.n_bytes:,} bytes",
        f"fingerprints: {summary.method}, x {summary.x}, {summary.n_bits} bits",
        f"views: {summary.views}",
        f"images: {summary.n_images:,}",
        f"copies of originals: {summary.n_copies:,}",
        f"distinct fingerprints: {summary.n_distinct:,}",
        f"files no longer there: {summary.n_gone:,}",
        f"files of several frames or pages: {summary.n_of_several_frames:,}{_not_looked_at(summary)}",
        f"judged by a later one than the first: {summary.n_by_later_frame:,}",
        *[f"known by their previews alone: {summary.n_by_preview:,}"] * bool(summary.n_by_preview),
        *(f"files with {_AS_HELD.get(word, 'a ' + word)}: {n:,}" for word, n in summary.others.items()),
        *_failure_lines(summary.failures, verbose),
        f"created: {_event(summary.history.created, summary.history.created_by)}",
        f"changed: {_event(summary.history.changed, summary.history.changed_by, summary.history.pillow)}",
    ]
    return "\n".join(lines)


def _not_looked_at(summary: Summary) -> str:
    n = summary.n_of_unknown_frames
    return f" (of {count(n, 'image')}, read by an earlier version, nobody knows)" if n else ""


def to_json(summary: Summary) -> str:
    """Return a summary as a JSON object, with the bytes of paths that aren't UTF-8 as lone surrogates."""
    failures = [
        {"file": failure.path, "reason": failure.reason, "passing": failure.is_passing} for failure in summary.failures
    ]
    values = vars(summary) | {"failures": failures, "history": summary.history._asdict()}
    return json.dumps(values, indent=1)


def _failure_lines(failures: list[Failure], verbose: bool) -> list[str]:
    lines = [f"failures: {len(failures):,}"]
    for group in by_reason(failures):
        lines.append(f"  {shown(group.reason)}: {count(len(group.failures), 'file')}")
        if verbose:
            lines.extend(f"    {_shown_failure(failure)}" for failure in group.failures)
    return lines


def _shown_failure(failure: Failure) -> str:
    return shown(failure.path) + (" (tried again on every run)" if failure.is_passing else "")


def _event(time: str, by: str, pillow: str = "") -> str:
    parts = [time or "nobody knows when"] + [f"by {by}"] * bool(by) + [f"with Pillow {pillow}"] * bool(pillow)
    return shown(" ".join(parts))
