import pytest

from imgcmp.results.holds_more import Holding, holds_more, would_be_lost

PLAIN = ("", 0, 0)


@pytest.mark.parametrize(
    ("one", "other", "more"),
    [
        (("film", 1, 1), PLAIN, ("film", "EXIF", "GPS")),
        (PLAIN, ("film", 1, 1), ()),
        (("depth map,film", 1, 0), ("film", 1, 1), ("depth map",)),
        (("film", -1, -1), PLAIN, ("film",)),
        (("", 1, 1), ("", -1, -1), ()),
        (("gain map", 1, 1), ("gain map", 1, 1), ()),
    ],
)
def test_what_the_other_file_lacks_is_told(one, other, more):
    assert holds_more(Holding(*one), Holding(*other)) == more


@pytest.mark.parametrize(
    ("one", "others", "lost"),
    [
        (("film", 1, 0), [], ()),
        (("film", 1, 0), [("film", 1, 0)], ("film",)),  # another one, for all that is known
        (("film,gain map", 1, 1), [PLAIN, ("film", 1, 1)], ("film", "gain map", "EXIF", "GPS")),
        (("", 0, 0, 5), [PLAIN], ("frames",)),
        (("", 0, 0, 5), [("", 0, 0, 5)], ("frames",)),
        (("", 0, 0, -1), [PLAIN], ()),
        (("", 1, 1, 1), [("", 1, -1, 7)], ()),
    ],
)
def test_what_is_not_compared_may_be_lost(one, others, lost):
    assert would_be_lost(Holding(*one), [Holding(*other) for other in others]) == lost
