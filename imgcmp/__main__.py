"""python -m imgcmp, and where the programs begin: Ctrl-C makes no traceback, from their first lines on.

So nothing heavy is loaded before signals are taken care of.
"""

from imgcmp.system.cores import one_thread_of_libraries
from imgcmp.system.signals import begin_program


def main() -> int:
    """Run the `imgcmp` command; return its exit status."""
    _begin()
    from imgcmp.cli import main as cli

    return cli.main()


def resize_script() -> int:
    """Run 00resize.py; return its exit status."""
    _begin()
    from imgcmp.cli import main as cli

    return cli.resize_script()


def fingerprint_script() -> int:
    """Run 10fingerprints.py; return its exit status."""
    _begin()
    from imgcmp.cli import main as cli

    return cli.fingerprint_script()


def cluster_script() -> int:
    """Run 20cluster.py; return its exit status."""
    _begin()
    from imgcmp.cli import main as cli

    return cli.cluster_script()


def _begin() -> None:
    begin_program()
    one_thread_of_libraries()


if __name__ == "__main__":
    raise SystemExit(main())
