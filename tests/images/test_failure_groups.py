from imgcmp.images.failure_groups import by_reason
from imgcmp.images.image_file import Failure


def test_reasons_that_differ_in_numbers_are_one_and_the_most_frequent_comes_first():
    failures = [
        Failure("/d", "empty file"),
        Failure("/c", "needs 5.4 GB to decode and 2.9 GB may be used"),
        Failure("/b", "needs 180 MB to decode and 1,000 kB may be used"),
        Failure("/a", "damaged PNG: its data cannot be decoded"),
        Failure("/e", "needs 12 bytes to decode and 0 bytes may be used"),
    ]
    groups = by_reason(failures)
    assert [(group.reason, [failure.path for failure in group.failures]) for group in groups] == [
        ("needs 180 MB to decode and 1,000 kB may be used", ["/b", "/c", "/e"]),
        ("damaged PNG: its data cannot be decoded", ["/a"]),
        ("empty file", ["/d"]),
    ]
    assert groups[0].example == "/b"
    assert by_reason([]) == []
