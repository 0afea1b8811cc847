import pytest

from imgcmp.results.holds_more import holds_more

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
    others, has_exif, has_gps = one
    assert holds_more(others, has_exif=has_exif, has_gps=has_gps, than=other) == more
