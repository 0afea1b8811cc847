import csv
import json
import os
import re
import sys
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgcmp.errors import InputError
from imgcmp.results.clusters import Cluster
from imgcmp.results.json_csv import CSV_HEADER, check_csv_target, check_json_target, write_csv, write_json
from imgcmp.results.members import Member
from imgcmp.results.relation_names import BEST, RELATIONS

PARAMETERS = {"sim": 0.1, "linkage": "average", "method": "phash", "x": 8, "n_images": 7}

# Any bytes but 0 and those of lone surrogates make a file name; also what JSON and CSV treat specially.
paths = st.one_of(
    st.binary(min_size=1, max_size=20).map(lambda raw: "/" + os.fsdecode(raw.replace(b"\0", b"?"))),
    st.text(st.sampled_from('a",;\\\n\r\t\x7f\u2028é名🙂\udce9\udcff'), max_size=12).map("/".__add__),
)
numbers = st.integers(0, 2**40)
members = st.builds(
    Member,
    st.sampled_from((BEST, *RELATIONS)),
    st.integers(0, 4096),
    st.none() | st.sampled_from(["mirrored", "without 10 % left and top", "16:9"]),
    *[numbers] * 3,
    st.integers(-1, 100),
    to=paths,
    box=st.none() | st.tuples(*[st.floats(0, 1)] * 4),
    same_as=st.none() | paths,
    same_bytes_as=st.none() | paths,
    holds_more=st.sampled_from(["", "EXIF,GPS"]),
)
cluster_lists = st.lists(
    st.lists(st.tuples(paths, members), min_size=2, max_size=4).flatmap(
        lambda rows: st.builds(
            Cluster, st.just([path for path, _ in rows]), st.integers(0, 4096), st.just([member for _, member in rows])
        )
    ),
    max_size=4,
)


def as_member(values):
    """Return a member as JSON has it."""
    return Member(**values | {"box": values["box"] and tuple(values["box"])})


def cluster_of(files, diameter_bits):
    """Return a cluster whose members are all alike."""
    return Cluster(files, diameter_bits, [Member("edited", 2, None, 640, 480, 1000, 50, 1, 0, "film") for _ in files])


def test_json_has_the_promised_contents(tmp_path):
    path = tmp_path / "clusters.json"
    members = [
        Member(BEST, 0, None, 640, 480, 9, 50, 1, 0, "depth map,film", "/a.jpg", holds_more="film"),
        Member(
            "cropped", 3, "1:1", 480, 480, 7, 49, 20, 11, "", "/a.jpg", (0.125, 0.0, 0.875, 1.0), "/b", "", "/c", 1, 0
        ),
    ]
    clusters = [Cluster(["/a.jpg", "/é.jpg"], 3, members), Cluster(["/c", "/d"], 0)]
    write_json(str(path), clusters, **PARAMETERS, flat=["/white é.png"])
    text = path.read_text("utf-8")
    assert list(json.loads(text).items()) == [
        ("format", "imgcmp-clusters"),
        ("version", 4),
        ("sim", 0.1),
        ("sim_is_auto", False),
        ("linkage", "average"),
        ("method", "phash"),
        ("x", 8),
        ("n_images", 7),
        ("flat", ["/white é.png"]),
        ("by_preview", []),
        (
            "clusters",
            [
                {
                    "files": ["/a.jpg", "/é.jpg"],
                    "diameter_bits": 3,
                    "members": [
                        {
                            "relation": "best",
                            "distance_bits": 0,
                            "view": None,
                            "width": 640,
                            "height": 480,
                            "size": 9,
                            "detail": 50,
                            "n_frames": 1,
                            "frame": 0,
                            "others": "depth map,film",
                            "to": "/a.jpg",
                            "box": None,
                            "same_as": None,
                            "holds_more": "film",
                            "same_bytes_as": None,
                            "has_exif": -1,
                            "has_gps": -1,
                        },
                        {
                            "relation": "cropped",
                            "distance_bits": 3,
                            "view": "1:1",
                            "width": 480,
                            "height": 480,
                            "size": 7,
                            "detail": 49,
                            "n_frames": 20,
                            "frame": 11,
                            "others": "",
                            "to": "/a.jpg",
                            "box": [0.125, 0.0, 0.875, 1.0],
                            "same_as": "/b",
                            "holds_more": "",
                            "same_bytes_as": "/c",
                            "has_exif": 1,
                            "has_gps": 0,
                        },
                    ],
                },
                {"files": ["/c", "/d"], "diameter_bits": 0, "members": []},
            ],
        ),
    ]
    assert text.splitlines()[1].startswith('{"files": ["/a.jpg", "/é.jpg"], "diameter_bits": 3, "members": [{"')
    assert os.listdir(tmp_path) == ["clusters.json"]


def test_json_takes_numpy_numbers(tmp_path):
    path = tmp_path / "clusters.json"
    numbers = {"sim": np.float64(0.25), "x": np.int64(8), "n_images": np.int32(2)}
    write_json(str(path), [Cluster(["/a", "/b"], np.uint16(9))], **{**PARAMETERS, **numbers})
    contents = json.loads(path.read_text())
    assert (contents["sim"], contents["x"], contents["n_images"]) == (0.25, 8, 2)
    assert contents["clusters"][0]["diameter_bits"] == 9


@given(cluster_lists)
def test_json_gives_back_any_name(tmp_path_factory, clusters):
    path = str(tmp_path_factory.getbasetemp() / "any.json")
    write_json(path, clusters, **PARAMETERS)
    with open(path, encoding="utf-8") as file:
        contents = json.loads(file.read())
    read = [
        Cluster(entry["files"], entry["diameter_bits"], [as_member(member) for member in entry["members"]])
        for entry in contents["clusters"]
    ]
    assert read == clusters


def test_json_writes_readable_names_and_escapes_bytes_that_are_not_utf8(tmp_path):
    path = tmp_path / "clusters.json"
    write_json(str(path), [Cluster([os.fsdecode(b"/caf\xe9"), "/名🙂"], 0)], **PARAMETERS)
    assert '"/caf\\udce9", "/名🙂"'.encode() in path.read_bytes()


@given(cluster_lists)
def test_csv_gives_back_any_name(tmp_path_factory, clusters):
    path = str(tmp_path_factory.getbasetemp() / "any.csv")
    write_csv(path, clusters)
    with open(path, encoding="utf-8", errors="surrogateescape", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0][:4] == ["cluster", "n_files", "diameter_bits", "file"]
    assert rows[0][4:] == [
        "relation",
        "distance_bits",
        "view",
        "width",
        "height",
        "size",
        *("n_frames", "frame", "others", "to", "box", "same_as", "holds_more", "same_bytes_as"),
        *("has_exif", "has_gps"),
    ]
    assert rows[1:] == [
        [
            *(str(number), str(len(cluster.files)), str(cluster.diameter_bits), file),
            *(member.relation, str(member.distance_bits), member.view or ""),
            *(str(member.width), str(member.height), str(member.size)),
            *(str(member.n_frames), str(member.frame), member.others),
            *(member.to, " ".join(f"{side:g}" for side in member.box or ()), member.same_as or ""),
            *(member.holds_more, member.same_bytes_as or "", str(member.has_exif), str(member.has_gps)),
        ]
        for number, cluster in enumerate(clusters)
        for file, member in zip(cluster.files, cluster.members, strict=True)
    ]


def test_csv_keeps_the_bytes_of_names(tmp_path):
    path = tmp_path / "clusters.csv"
    write_csv(str(path), [cluster_of([os.fsdecode(b"/caf\xe9"), "/b"], np.uint16(2))])
    rest = b'"edited",2,"",640,480,1000,1,0,"film","","","","","",-1,-1'
    assert path.read_bytes().splitlines()[1:] == [b'0,2,2,"/caf\xe9",' + rest, b'0,2,2,"/b",' + rest]


def write_some_json(path):
    write_json(path, [Cluster(["/a", "/b"], 0)], **PARAMETERS)


def write_some_csv(path):
    write_csv(path, [cluster_of(["/a", "/b"], 0)])


class Target(NamedTuple):
    """A kind of file: how it is checked and written, and the option that names it."""

    check: Callable[[str], None]
    write: Callable[[str], None]
    option: str


both = pytest.mark.parametrize(
    "target",
    [Target(check_json_target, write_some_json, "--json"), Target(check_csv_target, write_some_csv, "--csv")],
    ids=["json", "csv"],
)


@both
def test_own_and_empty_files_are_replaced(tmp_path, target):
    path = tmp_path / "out"
    target.write(str(path))
    made = path.read_bytes()
    path.write_bytes(made + b"\n" * 1000)
    target.check(str(path))
    target.write(str(path))
    assert path.read_bytes() == made
    path.write_bytes(b"")
    target.write(str(path))
    assert path.read_bytes() == made


EARLIER_HEADER = b"cluster,n_files,diameter_bits,file"


@pytest.mark.parametrize("header", [CSV_HEADER.encode(), EARLIER_HEADER])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_csv_of_an_earlier_version_or_saved_by_a_spreadsheet_is_still_ours(tmp_path, header, mark):
    path = tmp_path / "clusters.csv"
    path.write_bytes(mark + header + b"\r\n0,2,0,/a\r\n")
    write_csv(str(path), [])
    assert path.read_bytes() == CSV_HEADER.encode() + b"\n"


@both
@pytest.mark.parametrize(
    "contents",
    [b"\xff\xd8\xff\xe0 a photograph", b"{}", b"\n", b"cluster,n_files,diameter_bits,file2\n", b"\xef\xbb\xbf"],
)
def test_files_of_somebody_else_are_refused(tmp_path, target, contents):
    path = tmp_path / "a.jpg"
    path.write_bytes(contents)
    message = re.escape(f"{path} exists and was not made by imgcmp; name another file with {target.option}")
    for refuse in (target.check, target.write):
        with pytest.raises(InputError, match=message):
            refuse(str(path))
    assert path.read_bytes() == contents
    assert os.listdir(tmp_path) == ["a.jpg"]


def test_json_does_not_replace_csv_nor_the_other_way_round(tmp_path):
    path = str(tmp_path / "out")
    write_some_json(path)
    with pytest.raises(InputError, match="not made by imgcmp"):
        check_csv_target(path)
    os.unlink(path)
    write_some_csv(path)
    with pytest.raises(InputError, match="not made by imgcmp"):
        check_json_target(path)


@both
def test_missing_folders_and_names_that_are_none_are_refused(tmp_path, monkeypatch, target):
    monkeypatch.chdir(tmp_path)
    for refuse in (target.check, target.write):
        with pytest.raises(
            InputError, match=f"there is no folder .*missing; make it or name another with {target.option}"
        ):
            refuse(str(tmp_path / "missing" / "out"))
        for name in (str(tmp_path), "", "out/"):
            with pytest.raises(InputError, match=f"is not a file name; name a file with {target.option}"):
                refuse(name)
    assert os.listdir(tmp_path) == []


@both
@pytest.mark.skipif(os.geteuid() == 0, reason="root may read and write anything")
def test_missing_permissions_are_refused(tmp_path, target):
    path = tmp_path / "out"
    path.write_text("secret")
    path.chmod(0)
    with pytest.raises(InputError, match=f"cannot be read: Permission denied; name another file with {target.option}"):
        target.check(str(path))
    tmp_path.chmod(0o500)
    with pytest.raises(InputError, match=f"no permission in .*; name another file with {target.option}"):
        target.check(str(tmp_path / "other"))
    tmp_path.chmod(0o700)


@both
def test_a_link_is_followed(tmp_path, target):
    (tmp_path / "disk").mkdir()
    os.symlink(tmp_path / "disk" / "out", tmp_path / "link")
    target.check(str(tmp_path / "link"))
    target.write(str(tmp_path / "link"))
    assert (tmp_path / "link").is_symlink()
    assert b"diameter_bits" in (tmp_path / "disk" / "out").read_bytes()
    photograph = tmp_path / "disk" / "a.jpg"
    photograph.write_bytes(b"\xff\xd8")
    os.symlink(photograph, tmp_path / "to a photograph")
    with pytest.raises(InputError, match="not made by imgcmp"):
        target.write(str(tmp_path / "to a photograph"))
    assert photograph.read_bytes() == b"\xff\xd8"


@both
def test_an_interrupted_write_leaves_the_older_file(tmp_path, monkeypatch, target):
    path = tmp_path / "out"
    target.write(str(path))
    before = path.read_bytes()

    def interrupted(*_args):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        target.write(str(path))
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["out"]


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS refuses names that are not UTF-8")
@both
def test_the_target_may_have_a_name_that_is_not_utf8(tmp_path, target):
    path = os.path.join(tmp_path, os.fsdecode(b"out\xe9"))
    target.check(path)
    target.write(path)
    assert os.listdir(os.fsencode(tmp_path)) == [b"out\xe9"]
