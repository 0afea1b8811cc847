import pytest

from imgcmp.results.holds_more import Holding, holds_more

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
