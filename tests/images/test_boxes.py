"""Boxes follow upon each other, however their lengths are told, and a walk over them ends."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgcmp.images.boxes import boxes, boxes_in

KINDS = st.binary(min_size=4, max_size=4)


def box(kind, data, *, is_wide=False):
    length = 8 + 8 * is_wide + len(data)
    return struct.pack(">I4sQ", 1, kind, length) + data if is_wide else struct.pack(">I4s", length, kind) + data


@given(st.lists(st.tuples(KINDS, st.binary(max_size=40), st.booleans())), st.tuples(KINDS, st.binary(max_size=40)))
def test_all_boxes_are_found_in_their_order(found, last):
    whole = b"".join(box(kind, data, is_wide=is_wide) for kind, data, is_wide in found)
    expected = [(kind, data) for kind, data, _ in found]
    assert list(boxes_in(whole)) == expected
    to_the_end = struct.pack(">I4s", 0, last[0]) + last[1]
    assert list(boxes_in(whole + to_the_end)) == [*expected, last]


@given(st.binary(max_size=200))
def test_any_bytes_have_an_end(data):
    for kind, start, end in boxes(lambda place, n: data[place : place + n], len(data)):
        assert len(kind) == 4
        assert 8 <= start <= end


@pytest.mark.parametrize("length", range(2, 8))
def test_what_is_shorter_than_its_head_is_none(length):
    assert list(boxes_in(box(b"free", b"") + struct.pack(">I4s", length, b"meta"))) == [(b"free", b"")]


def test_so_many_boxes_as_no_picture_has_are_not_all_looked_at():
    assert sum(1 for _ in boxes_in(box(b"free", b"") * 100_000)) == 10_000
