"""The errors of this package."""


class InputError(ValueError):
    """Input that cannot be used; the message says in one line what is wrong and what to do.

    The commands print the message alone and exit with status 2.
    """


class UnreadableImageError(ValueError):
    """A file that cannot be read as an image; the message is the reason, in one line."""
