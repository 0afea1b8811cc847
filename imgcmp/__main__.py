"""python -m imgcmp, and where the programs begin: Ctrl-C makes no traceback, from their first lines to their last.

So nothing heavy is loaded before signals are taken care of.
"""

from imgcmp.system.cores import one_thread_of_libraries
from imgcmp.system.signals import as_program


def main() -> int:
    """Run the `imgcmp` command; return its exit status."""
    return _run("main")


def resize_script() -> int:
    """Run 00resize.py; return its exit status."""
    return _run("resize_script")


def fingerprint_script() -> int:
    """Run 10fingerprints.py; return its exit status."""
    return _run("fingerprint_script")


def cluster_script() -> int:
    """Run 20cluster.py; return its exit status."""
    return _run("cluster_script")


def _run(name: str) -> int:
    with as_program():
        one_thread_of_libraries()
        from imgcmp.cli import main as cli

        status: int = getattr(cli, name)()
        return status


if __name__ == "__main__":
    raise SystemExit(main())
