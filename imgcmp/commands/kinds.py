"""Which fingerprints a run makes: those asked for, else those of the database, else the default; and what is said."""

from imgcmp.clusters.auto_sim import Kind, is_known
from imgcmp.commands.console import Console
from imgcmp.commands.options import FingerprintOptions
from imgcmp.database.database import Database, kind_in
from imgcmp.errors import InputError
from imgcmp.fingerprints.parameters import METHODS, RECOMMENDED_VIEWS, RECOMMENDED_X
from imgcmp.fingerprints.views import EVERY_PLAIN_KIND
from imgcmp.system import places
from imgcmp.system.text import shown

_DEFAULT = Kind(METHODS[0], RECOMMENDED_X, RECOMMENDED_VIEWS)
_DEFAULT_OF = _DEFAULT._asdict()

ANEW = "--force reads all anew, and forgets files that aren't named with it, as on a drive that isn't plugged in"

_NO_LOOKS = "holds nothing for a second look at what only resembles each other"


def kind_of(options: FingerprintOptions) -> Kind:
    """Return which fingerprints a run with these options makes; InputError if the database can't be read."""
    held = None if options.force else kind_in(options.database)
    default = _DEFAULT if held is None else Kind(*held)
    return Kind(
        default.method if options.method is None else options.method,
        default.x if options.x is None else options.x,
        default.views if options.views is None else options.views,
    )


def check_counted(kind: Kind) -> None:
    """Raise InputError if --previews can't be used: it isn't known how far images of a kind are apart by chance."""
    if not is_known(kind):
        raise InputError(
            "--previews is for fingerprints whose chance pairs were counted, such as the default ones, not "
            f"{told(kind)}"
        )


def remark_kind(store: Database, options: FingerprintOptions, console: Console) -> None:
    """Say so if the database goes on with others than a new one would have, and nobody asked for them.

    Who made a database by another name than the default one chose its kind, as far as versions before this one go.
    """
    held = Kind(store.method, store.x, store.kinds)
    # What was asked for is held, but for "all" where an earlier version kept other views.
    is_earlier_form = options.views == _DEFAULT.views and held.views == EVERY_PLAIN_KIND
    asked = {"method": options.method, "x": options.x, "views": None if is_earlier_form else options.views}
    differing = [name for name, value in asked.items() if value is None and getattr(held, name) != _DEFAULT_OF[name]]
    if differing == ["views"] and held.views == EVERY_PLAIN_KIND:
        console.warn(f"{shown(store.path)} {_NO_LOOKS}: it is used without; {ANEW}")
    elif differing:
        level = 0 if options.database == places.database_file() else 1
        goes_on = f"{shown(store.path)} holds {told(held)}, and goes on with that"
        console.remark(level, f"{goes_on}; the default is {told(_DEFAULT)} now: {ANEW}")


def remark_kind_read(database: str, console: Console) -> None:
    """Say so if a database that is only read is of another kind than a new one, and how to get one.

    As in `remark_kind`, only with -v of one by another name than the default one.
    """
    found = kind_in(database)
    if found is None:
        return
    held, anew = Kind(*found), "10fingerprints.py --force, with the files, reads all anew"
    if held.views == EVERY_PLAIN_KIND:
        console.warn(f"{shown(database)} {_NO_LOOKS}: it is used without; {anew}")
    elif held != _DEFAULT:
        level = 0 if database == places.database_file() else 1
        console.remark(level, f"{shown(database)} holds {told(held)}; the default is {told(_DEFAULT)} now: {anew}")


def remark_passed_over(database: str, console: Console) -> None:
    """Say so if the default database is one of two that earlier versions kept."""
    other = places.passed_over_database()
    if other is not None and database == places.database_file():
        console.warn(f"{shown(database)} is used; {shown(other)}, of an earlier version, is left as it is: -f names it")


def told(kind: Kind) -> str:
    """Return a kind in words."""
    return f"{kind.method} with x={kind.x} and views {kind.views}"
