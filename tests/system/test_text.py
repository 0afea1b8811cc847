import os

from hypothesis import given
from hypothesis import strategies as st

from imgcmp.system.text import count, shown


def test_counts_read_well():
    assert [count(n, "file") for n in (0, 1, 2, 1234567)] == ["0 files", "1 file", "2 files", "1,234,567 files"]


def test_odd_names_are_shown_on_one_line():
    assert shown("/a b/é名🙂.jpg") == "/a b/é名🙂.jpg"
    assert shown("a\nb\x1b[31m\t" + os.fsdecode(b"\xe9")) == "a\\nb\\x1b[31m\\t\\udce9"


@given(st.text())
def test_anything_can_be_shown(text):
    line = shown(text)
    assert line.isprintable()
    line.encode()
    assert len(line.splitlines()) <= 1
