"""Which of two files of the same pixels holds more: what would be lost with the other one."""


def holds_more(others: str, *, has_exif: int, has_gps: int, than: tuple[str, int, int]) -> tuple[str, ...]:
    """Return what a file holds that another one of the same pixels doesn't.

    Parameters
    ----------
    others : str
        What it holds beside its picture, words of `imgcmp.images.also_held.OTHERS` with commas.
    has_exif, has_gps : int
        Whether it has EXIF, and a position: 1 or 0; -1: unknown.
    than : (str, int, int)
        The same three of the other file.

    Returns
    -------
    more : tuple of str
        Words of OTHERS, sorted, and then "EXIF" and "GPS". What is unknown of one of the two is left out.
    """
    other_words, other_exif, other_gps = than
    words = sorted({*filter(None, others.split(","))} - {*other_words.split(",")})
    facts = (("EXIF", has_exif, other_exif), ("GPS", has_gps, other_gps))
    return (*words, *(name for name, has, other in facts if (has, other) == (1, 0)))
