"""The errors of this package."""


class InputError(ValueError):
    """Input that cannot be used; the message says in one line what is wrong and what to do.

    The commands print the message alone and exit with status 2.
    """


class UnreadableImageError(ValueError):
    """A file that cannot be read as an image; the message is the reason, in one line.

    Attributes
    ----------
    passing : bool
        Whether the reason lies outside of the file (it vanished, its drive fails, memory is short), so that trying
        again may help though the file is the same.
    out_of_reach : bool
        Whether the file itself could not be reached, so that nothing is known of what it holds now.
    """

    def __init__(self, message: str, *, passing: bool = False, out_of_reach: bool = False) -> None:
        super().__init__(message)
        self.passing = passing or out_of_reach
        self.out_of_reach = out_of_reach
