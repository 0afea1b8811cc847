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
        (b"a\n\n", False, [b"a"]),
        (b"\na\n\n\nb\n", False, [b"a", b"b"]),
        (b"a\r\n\r\nb\r\n", False, [b"a", b"b"]),
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
        (b"\n", False, "is empty"),
        (b"\r\n\n", False, "is empty"),
        (b"\0", True, "holds an empty name, its number 1"),
        (b"a\0\0", True, "holds an empty name, its number 2"),
        (b"a\0\0b\0", True, "holds an empty name, its number 2"),
        (b"a\0b\0", False, "holds NUL bytes: read it with -0"),
        ("a.jpg\n".encode("utf-16-le"), False, "holds NUL bytes: read it with -0 .* else save it as UTF-8"),
        ("a.jpg\n".encode("utf-32"), False, "holds NUL bytes"),
        ("a.jpg\n".encode("utf-16") + b"x", False, "is damaged, or not of UTF-16 as it says: save it as UTF-8"),
        (b"\xff\xfea\0\n\0" + b"\0\xd8" + b"\n\0", False, "is damaged, or not of UTF-16"),
        (b"x" * 70_000, False, "holds a name of more than 65,536 bytes, which no file has: is it a list"),
        (b"a\0" + b"x" * 70_000, True, "holds a name of more than 65,536 bytes"),
        (b"a\0" * 70_000, False, "holds NUL bytes: read it with -0"),
        (b"\xef\xbb\xbf", False, "is empty"),
        (codecs.BOM_UTF16_LE, False, "is empty"),
    ],
)
def test_a_list_that_cannot_be_meant_is_an_error(tmp_path, contents, nul, message):
    (tmp_path / "list").write_bytes(contents)
    with pytest.raises(InputError, match=message):
        read_list(str(tmp_path / "list"), nul=nul)


class Endless:
    """What gives the same bytes for ever, and fails where more of them are asked for than anybody needs."""

    def __init__(self, part, most):
        self._part, self._left = part, most

    def read(self, size=-1):
        assert 0 <= size <= self._left
        self._left -= size
        return (self._part * (size // len(self._part) + 1))[:size]


@pytest.mark.parametrize(
    ("part", "nul", "message"),
    [
        (b"\0", False, "holds NUL bytes"),
        (b"\0", True, "holds an empty name, its number 1"),
        (b"a\0b\n", False, "holds NUL bytes"),
        (b"\xa5\x17", False, "holds a name of more than 65,536 bytes"),
        (b"\xa5\x17", True, "holds a name of more than 65,536 bytes"),
        (b"photo of the sea.jpg\n", False, "is too long, more than 20,000,000 names or 10.5 MB: name folders"),
        (b"y\n", False, "is too long"),
        (b"\n", False, "is too long"),
    ],
)
def test_a_list_without_an_end_is_not_read_for_ever(monkeypatch, part, nul, message):
    """/dev/zero took all memory, as every device and pipe without an end."""
    monkeypatch.setattr("imgcmp.images.file_lists._LIST_BYTES", 10 * 2**20)
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=Endless(part, 12 * 2**20)))
    with pytest.raises(InputError, match=f"^the list standard input {message}"):
        read_list("-", nul=nul)


def test_names_over_the_parts_that_a_list_is_read_in_stay_whole(tmp_path):
    names = [f"{number:07d} of a long list.jpg" for number in range(100_000)]
    for nul, end in ((False, "\n"), (True, "\0")):
        (tmp_path / "list").write_text(end.join(names))
        assert read_list(str(tmp_path / "list"), nul=nul) == names


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
