"""The options of the commands that read images, and of those that group them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from imgcmp.clusters.cut import AUTO, Sim
from imgcmp.errors import InputError
from imgcmp.results.link_kind_names import SYMLINK
from imgcmp.system import places
from imgcmp.system.checks import fraction
from imgcmp.system.limits import CHECKPOINT_S, TIMEOUT_S


@dataclass(frozen=True)
class ReadingOptions:
    """Which files are read, and what reading them may take.

    Attributes
    ----------
    exclude : sequence of str
        Globs of what to leave out, as `imgcmp.images.globs.Exclusion` takes them.
    timeout_s : float
        Seconds a file may take.
    max_memory : int or None
        Bytes that decoding may take, in all processes together; None: a quarter of what is free.
    all_folders : bool
        Whether folders are searched, too, that `imgcmp.images.unsearched` leaves out: of trash and thumbnails, say.
    """

    exclude: Sequence[str] = ()
    timeout_s: float = TIMEOUT_S
    max_memory: int | None = None
    all_folders: bool = False


@dataclass(frozen=True)
class FingerprintOptions:
    """Which fingerprints, and where they are kept.

    Attributes
    ----------
    x, method : optional
        Kind of fingerprint, as for `imgcmp.fingerprint`; default: what the database holds, or, of a new one, the
        first method and RECOMMENDED_X of `imgcmp.fingerprints.parameters`.
    database : str
        The file; default `imgcmp.system.places.database_file`.
    views : str, optional
        Of which views fingerprints are kept, too, as for `imgcmp.fingerprint_views`; default likewise, with
        RECOMMENDED_VIEWS.
    force : bool
        Whether to start over with an empty database.
    retry : bool
        Whether to try files again that could not be read, and haven't changed since.
    prune : bool
        Whether to drop files from the database that are gone, as `imgcmp.images.missing_files.gone` tells, and those in
        folders that are left out.
    checkpoint_s : float
        Seconds between two checkpoints, at least; more if writing takes more than 5 % of the time.
    previews : bool
        Whether the previews in files are compared first, and read whole are those alone that have none to be trusted,
        or are near another by these.
    """

    x: int | None = None
    method: str | None = None
    database: str = field(default_factory=places.database_file)
    views: str | None = None
    force: bool = False
    retry: bool = False
    prune: bool = False
    checkpoint_s: float = CHECKPOINT_S
    previews: bool = False


@dataclass(frozen=True)
class ClusterOptions:
    """How images are grouped, and where the result goes.

    Attributes
    ----------
    linkage : {"single", "complete", "average", "weighted"}
        Linkage method.
    folder : str
        Folder of the links; default ``~/.imgcmp/cluster``.
    json, csv : str or None
        Files to write, too; "-" is standard output.
    max_memory : int or None
        Bytes that grouping may use, at about; None: half of what is free.
    links : {"symlink", "hardlink", "copy", "none"}
        What is in the folder: symbolic links, hard links or copies of the files; with "none" it is left alone.
    relative : bool
        Whether symbolic links say where a file is from where they are, instead of its absolute path.
    relations : collection of str
        Of each cluster the best file and those members are shown that are one of these to it, of
        `imgcmp.results.relation_names.RELATIONS`; empty: all members.
    tree : str or None
        File to write the tree to that clusters are cut from, up to the largest SIM.
    plot : str or None
        Picture to draw of it, .png or .svg.
    plot_cluster : int
        The cluster at the largest SIM, by its number, whose dendrogram is in it.
    """

    linkage: str = "average"
    folder: str = field(default_factory=places.clusters_folder)
    json: str | None = None
    csv: str | None = None
    max_memory: int | None = None
    links: str = SYMLINK
    relative: bool = False
    relations: Collection[str] = ()
    tree: str | None = None
    plot: str | None = None
    plot_cluster: int = 0


def check_sim(sim: Sim) -> None:
    """Raise InputError unless SIM is auto, or a number in range."""
    try:
        if sim != AUTO:
            fraction(sim, "SIM")
    except ValueError as error:
        raise InputError(str(error)) from None
