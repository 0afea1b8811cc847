"""run: image files -> clusters of them, in one go."""

from collections.abc import Iterable, Sequence

from imgcmp.clusters.auto_sim import check_auto
from imgcmp.clusters.cut import AUTO, Sim
from imgcmp.commands.cluster import cluster_into, warn_of_refusal
from imgcmp.commands.console import Console
from imgcmp.commands.cuts import held_cuts, sims_of
from imgcmp.commands.fingerprint import fingerprint
from imgcmp.commands.kinds import kind_of
from imgcmp.commands.options import (
    ClusterOptions,
    FingerprintOptions,
    ReadingOptions,
)
from imgcmp.images.image_file import Found


def run(
    paths: Iterable[str],
    sim: Sim | Sequence[Sim] = AUTO,
    fingerprint_options: FingerprintOptions | None = None,
    cluster_options: ClusterOptions | None = None,
    *,
    reading: ReadingOptions | None = None,
    workers: int | None = None,
    console: Console | None = None,
) -> tuple[Found, str]:
    """Fingerprint image files and cluster them, and no others: `fingerprint` and `cluster` in one go.

    Parameters, results and errors are theirs. Outputs that are not ours to replace are refused before any file is read,
    and so is SIM "auto" for a kind of fingerprints that it is not known for.
    """
    fingerprint_options = fingerprint_options or FingerprintOptions()
    cluster_options = cluster_options or ClusterOptions()
    sims = sims_of(sim)
    if AUTO in sims:
        check_auto(kind_of(fingerprint_options))
    console = console or Console()
    paths = list(paths)
    with held_cuts(sims, cluster_options, fingerprint_options.database, paths) as cuts:
        warn_of_refusal(cuts, console)
        outcome = fingerprint(paths, fingerprint_options, reading=reading, workers=workers, console=console, sims=sims)
        failed = {failure.path for failure in outcome.failures if not failure.is_in_part}
        readable = {file.path for file in outcome.files} - failed
        table = cluster_into(
            cuts,
            cluster_options,
            database=fingerprint_options.database,
            only=readable,
            reading=reading,
            workers=workers,
            console=console,
        )
    return outcome, table
