"""Names in the locale C, where Python can't decode what is beyond ASCII: the files written are those of UTF-8."""

import os
import subprocess
import sys
from pathlib import Path

import h5py
import pytest
from pictures import save_distinct

from imgcmp.images.resized_folder import CopyFolder

UTF_8, C = {"LC_ALL": "C.UTF-8"}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
TEXTS = ("files", "source", "others", "failed/files", "failed/reason")
NAMES = ["ä.png", os.fsdecode(b"c\xff.png"), "b\n.png", "d/名🙂.png"]


@pytest.fixture
def photos(tmp_path):
    """Make pictures of all names, each twice."""
    save_distinct(tmp_path / "drawn", len(NAMES))
    folder = tmp_path / "phötos"
    for number, name in enumerate(NAMES):
        for top in ("one", "twö"):
            path = folder / top / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes((tmp_path / "drawn" / f"{number:02}.png").read_bytes())
    (folder / "bäd.jpg").write_text("junk")
    return folder


def imgcmp(locale, *arguments, status):
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG", "PYTHONU"))}
    done = subprocess.run(
        [sys.executable, "-m", "imgcmp", *map(os.fsencode, arguments)],
        env={**environment, **locale},
        capture_output=True,
        timeout=300,
    )
    assert done.returncode == status, done.stderr
    assert b"Traceback" not in done.stderr
    return done.stdout + done.stderr


def test_a_run_writes_the_same(photos, tmp_path):
    made = []
    for number, locale in enumerate((UTF_8, C)):
        out = tmp_path / f"{number} ö"
        out.mkdir()
        names = [str(out / name) for name in ("db.hdf", "links", "c.json", "c.csv")]
        outputs = [word for pair in zip(("-f", "-o", "--json", "--csv"), names, strict=True) for word in pair]
        text = imgcmp(locale, "run", str(photos), "-n1", "-v", *outputs, status=1)
        with h5py.File(names[0]) as file:
            texts = [file[f"segments/0/{name}"][...].tobytes() for name in TEXTS]
        links = sorted(os.path.relpath(path, out) for path in Path(names[1]).rglob("*"))
        made.append([texts, links, *(Path(name).read_bytes() for name in names[2:])])
        assert "名".encode() in made[-1][2]
        assert (b"ph\\udcc3\\udcb6tos" if number else "phötos".encode()) in text
    assert made[0] == made[1]
    assert b"9 files: 8 unchanged" in imgcmp(C, "fingerprint", str(photos), "-x16", "--views=all", "-n1",
                                            "-f", str(tmp_path / "0 ö" / "db.hdf"), status=1)  # fmt: skip


def test_copies_that_were_made_in_one_are_known_in_the_other(photos, tmp_path):
    arguments = "resize", "0.5", str(photos), "-n1", "-t", str(tmp_path / "cöpies")
    assert b"9 files: 8 resized" in imgcmp(C, *arguments, status=1)
    assert b"9 files: 8 kept" in imgcmp(UTF_8, *arguments, status=1)
    assert b"9 files: 8 kept" in imgcmp(C, *arguments, status=1)
    copies = CopyFolder(str(tmp_path / "cöpies"))
    assert {record.source for record in copies.records.values()} == {
        os.path.join(os.path.realpath(photos), top, name) for top in ("one", "twö") for name in NAMES
    }
    copies.close()
