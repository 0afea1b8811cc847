import codecs
import io
import os
import subprocess
import sys
from types import SimpleNamespace

import pytest

from imgcmp.errors import InputError
from imgcmp.images.file_lists import read_list


@pytest.mark.parametrize(
    ("contents", "nul", "names"),
    [
        (b"a.jpg\nb c.jpg\n", False, [b"a.jpg", b"b c.jpg"]),
        (b"a.jpg\nb.jpg", False, [b"a.jpg", b"b.jpg"]),
        (b"-x.jpg\n*.jpg\n~/a.jpg\n#a\n a \n", False, [b"-x.jpg", b"*.jpg", b"~/a.jpg", b"#a", b" a "]),
        (b"caf\xe9.jpg\n\xef\xbb\xbfa\n\xff\xfeb\n", False, [b"caf\xe9.jpg", b"\xef\xbb\xbfa", b"\xff\xfeb"]),
        (b"\xff\xfeb\nc\n", False, [b"\xff\xfeb", b"c"]),
        (b"\xef\xbb\xbfa\0b\r\0", True, [b"\xef\xbb\xbfa", b"b\r"]),
        (b"a\nb.jpg\0c\r\n\0", True, [b"a\nb.jpg", b"c\r\n"]),
        (b"\n\0\xff", True, [b"\n", b"\xff"]),
    ],
)
def test_names_are_taken_byte_for_byte(tmp_path, monkeypatch, contents, nul, names):
    (tmp_path / "list").write_bytes(contents)
    expected = [os.fsdecode(name) for name in names]
    assert read_list(str(tmp_path / "list"), nul=nul) == expected
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(contents)))
    assert read_list("-", nul=nul) == expected


@pytest.mark.parametrize(
    ("contents", "nul", "message"),
    [
        (b"", False, "the list .*list is empty"),
        (b"", True, "the list .*list is empty"),
        (b"\n", False, "holds an empty name, its number 1"),
        (b"a\n\nb\n", False, "holds an empty name, its number 2"),
        (b"a\n\n", False, "holds an empty name, its number 2"),
        (b"a\0\0b\0", True, "holds an empty name, its number 2"),
        (b"a\0b\0", False, "holds NUL bytes: read it with -0"),
        ("a.jpg\n".encode("utf-16-le"), False, "holds NUL bytes: read it with -0 .* else save it as UTF-8"),
        ("a.jpg\n".encode("utf-32"), False, "holds NUL bytes"),
        ("a.jpg\n".encode("utf-16") + b"x", False, "is damaged, or not of UTF-16 as it says: save it as UTF-8"),
        (b"\xff\xfea\0\n\0" + b"\0\xd8" + b"\n\0", False, "is damaged, or not of UTF-16"),
        (b"a\r\n\r\nb\r\n", False, "holds an empty name, its number 2"),
        (b"\xef\xbb\xbf", False, "is empty"),
        (codecs.BOM_UTF16_LE, False, "is empty"),
    ],
)
def test_a_list_that_cannot_be_meant_is_an_error(tmp_path, contents, nul, message):
    (tmp_path / "list").write_bytes(contents)
    with pytest.raises(InputError, match=message):
        read_list(str(tmp_path / "list"), nul=nul)


def test_a_list_that_cannot_be_read_is_an_error(tmp_path, monkeypatch):
    with pytest.raises(InputError, match="the list .*nowhere cannot be read: no such file or directory"):
        read_list(str(tmp_path / "nowhere"))
    with pytest.raises(InputError, match="cannot be read: is a directory"):
        read_list(str(tmp_path))
    monkeypatch.setattr("sys.stdin", None)
    with pytest.raises(InputError, match="the list standard input cannot be read: it is closed"):
        read_list("-")


def test_a_list_may_come_through_a_pipe(tmp_path):
    code = "import sys; from imgcmp.images.file_lists import read_list; print(read_list(sys.argv[1], nul=True))"
    for source in ("-", "/dev/fd/0"):
        command = [sys.executable, "-c", code, source]
        done = subprocess.run(command, input=b"a\nb\0c\0", capture_output=True, timeout=60)
        assert done.stdout.decode() == "['a\\nb', 'c']\n"


NAMES = ["a b.jpg", "é/名🙂.jpg", "c.jpg"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be with a mark"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("last", [True, False])
def test_lists_that_windows_wrote_are_read(tmp_path, encoding, end, last):
    """Notepad writes a mark before UTF-8, and PowerShell's > writes UTF-16; once no file of such a list was found."""
    text = end.join(NAMES) + end * last
    if encoding == "utf-16-be with a mark":
        contents = codecs.BOM_UTF16_BE + text.encode("utf-16-be")
    else:
        contents = text.encode(encoding)
    (tmp_path / "list").write_bytes(contents)
    assert read_list(str(tmp_path / "list")) == NAMES


def test_a_name_that_really_ends_in_a_carriage_return_is_kept(tmp_path, monkeypatch):
    """macOS has one in every folder with an icon of its own."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "Icon\r").touch()
    (tmp_path / "list").write_bytes(b"Icon\r\nother\r\n")
    assert read_list("list") == ["Icon\r", "other"]
    (tmp_path / "nul").write_bytes(b"other\r\0")
    assert read_list("nul", nul=True) == ["other\r"]
