"""Clusters -> JSON and CSV files."""

import codecs
import csv
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TextIO

from imgcmp.errors import InputError
from imgcmp.results.clusters import Cluster
from imgcmp.results.members import Member
from imgcmp.results.streams import stream_of
from imgcmp.results.target_files import start_of_target, unwritable
from imgcmp.system.atomic import remove_leftovers, replacing
from imgcmp.system.text import in_utf_8

JSON_FORMAT = "imgcmp-clusters"
JSON_VERSION = 4
CSV_HEADER = (
    "cluster,n_files,diameter_bits,file,relation,distance_bits,view,width,height,size,n_frames,frame,others,"
    "to,box,same_as,holds_more,same_bytes_as,has_exif,has_gps"
)

_EARLIER_CSV_HEADERS = (
    "cluster,n_files,diameter_bits,file",
    "cluster,n_files,diameter_bits,file,relation,distance_bits,view,width,height,size",
    "cluster,n_files,diameter_bits,file,relation,distance_bits,view,width,height,size,n_frames,frame,others",
    "cluster,n_files,diameter_bits,file,relation,distance_bits,view,width,height,size,n_frames,frame,others,"
    "to,box,same_as,holds_more",
)

_JSON_START = f'{{"format": "{JSON_FORMAT}"'.encode()


def check_json_target(path: str) -> None:
    """Check that `write_json` may make or replace the file: worth knowing before hours of work.

    Raises
    ------
    InputError
        If its folder does not exist, or if there is such a file and it is not one `write_json` made.
    """
    start = start_of_target(path, "--json", len(_JSON_START))
    if start and start != _JSON_START:
        raise InputError(f"{path} exists and was not made by imgcmp; name another file with --json")


def check_csv_target(path: str) -> None:
    """Check that `write_csv` may make or replace the file: worth knowing before hours of work.

    Raises
    ------
    InputError
        If its folder does not exist, or if there is such a file and it is not one `write_csv` made.
    """
    start = start_of_target(path, "--csv", len(codecs.BOM_UTF8) + len(CSV_HEADER) + 1)
    first_line = start.removeprefix(codecs.BOM_UTF8).splitlines()[:1]  # spreadsheets save with a byte order mark
    ours = [[header.encode()] for header in (CSV_HEADER, *_EARLIER_CSV_HEADERS)]
    if start and first_line not in ours:
        raise InputError(f"{path} exists and was not made by imgcmp; name another file with --csv")


def write_json(
    path: str,
    clusters: Sequence[Cluster],
    *,
    sim: float,
    is_auto: bool = False,
    linkage: str,
    method: str,
    x: int,
    n_images: int,
    flat: Sequence[str] = (),
    by_preview: Sequence[str] = (),
) -> None:
    r"""Write the clusters and how they were found as JSON, one cluster a line.

    The file is valid UTF-8. A byte of a file name that is not, such as 0xE9, is written as ``\udce9``: any JSON
    reader gives back the name as `os.fsdecode` does, and `os.fsencode` makes it bytes again.

    Parameters
    ----------
    path : str
        The file to make, or to replace if `write_json` made it. A link is followed. "-" is standard output; that,
        other descriptors (/dev/fd/3), pipes and devices are written to as they are.
    clusters : sequence of Cluster
        In the order they are written; each file has its member.
    sim, linkage, method, x
        The parameters of the clusters and of the fingerprints.
    is_auto : bool
        Whether SIM was found by the number of images.
    n_images : int
        How many images there were, those that are in no cluster included.
    flat : sequence of str
        Paths of those that show too little to compare.
    by_preview : sequence of str
        Paths of those that are known by their previews alone: they are in no cluster.

    Raises
    ------
    InputError
        As `check_json_target` does, or if the file cannot be written.
    """
    check_json_target(path)
    head = {
        "format": JSON_FORMAT,
        "version": JSON_VERSION,
        "sim": float(sim),
        "sim_is_auto": is_auto,
        "linkage": linkage,
        "method": method,
        "x": int(x),
        "n_images": int(n_images),
        "flat": list(flat),
        "by_preview": list(by_preview),
    }
    # The only characters that UTF-8 cannot encode are the surrogates, and \udcXX is their escape in JSON too.
    with _opened(path, "--json", errors="backslashreplace") as file:
        encode = json.JSONEncoder(ensure_ascii=False).encode  # json.dumps makes an encoder a call
        file.write(in_utf_8(encode(head)).removesuffix("}") + ', "clusters": [')
        separator = "\n"
        for cluster in clusters:
            members = [member._asdict() for member in cluster.members]
            entry = {"files": cluster.files, "diameter_bits": int(cluster.diameter_bits), "members": members}
            file.write(separator + in_utf_8(encode(entry)))
            separator = ",\n"
        file.write("\n]}\n" if clusters else "]}\n")


def write_csv(path: str, clusters: Sequence[Cluster]) -> None:
    """Write the clusters as CSV, one file a row, with the columns of CSV_HEADER.

    Clusters are numbered from 0 in the order given. Names are written as the bytes they are on the disk; read them
    with ``open(path, encoding="utf-8", errors="surrogateescape", newline="")``.

    Parameters
    ----------
    path : str
        As for `write_json`.
    clusters : sequence of Cluster
        In the order they are written; each file has its member.

    Raises
    ------
    InputError
        As `check_csv_target` does, or if the file cannot be written.
    """
    check_csv_target(path)
    with _opened(path, "--csv", errors="surrogateescape") as file:
        file.write(CSV_HEADER + "\n")
        # Every name is quoted: with "\n" as its line end, Python 3.11 leaves a name with "\r" in it without quotes.
        writer = csv.writer(file, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
        for number, cluster in enumerate(clusters):
            start = (number, len(cluster.files), int(cluster.diameter_bits))
            files = zip(cluster.files, cluster.members, strict=True)
            writer.writerows((*start, name, *_csv_columns(member)) for name, member in files)


def _csv_columns(member: Member) -> tuple[str | int, ...]:
    view = "" if member.view is None else member.view
    of_picture = (member.width, member.height, member.size)
    box = "" if member.box is None else " ".join(f"{side:g}" for side in member.box)
    of_file = (member.n_frames, member.frame, member.others)
    to_best = (member.to, box, member.same_as or "", member.holds_more, member.same_bytes_as or "")
    facts = (member.has_exif, member.has_gps)
    return member.relation, member.distance_bits, view, *of_picture, *of_file, *to_best, *facts


@contextmanager
def _opened(path: str, option: str, *, errors: str) -> Iterator[TextIO]:
    """Yield the file to write to: a stream as it is, any other beside the one that it replaces."""
    try:
        stream = stream_of(path, option)
        if stream is not None:
            with stream.opened(errors) as file:
                yield file
            return
        target = os.path.realpath(path)
        remove_leftovers(target)
        with (
            replacing(target) as temporary,
            open(temporary, "w", encoding="utf-8", errors=errors, newline="") as file,
        ):
            yield file
    except OSError as error:
        raise unwritable(path, option, error) from error
