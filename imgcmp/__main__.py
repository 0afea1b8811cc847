"""python -m imgcmp."""

from imgcmp.cli.main import main

if __name__ == "__main__":
    raise SystemExit(main())
