"""The error that is the user's to put right."""


class InputError(ValueError):
    """Input that cannot be used; the message says in one line what is wrong and what to do.

    The commands print the message alone and exit with status 2.
    """
