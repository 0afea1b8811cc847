"""run: image files -> clusters of them, in one go."""

from collections.abc import Iterable

from imgcmp.commands.cluster import cluster_into, warn_of_refusal
from imgcmp.commands.console import Console
from imgcmp.commands.fingerprint import fingerprint
from imgcmp.commands.options import (
    ClusterOptions,
    FingerprintOptions,
    ReadingOptions,
    check_sim,
    recommended_fingerprints,
)
from imgcmp.commands.outputs import held_outputs
from imgcmp.images.image_file import Found

# Among so many images pairs that only look alike are no longer rare at SIM 0.3, by docs/measurements/accuracy.md.
_MANY_IMAGES, _SIM_FOR_MANY = 1000, 0.2


def run(
    paths: Iterable[str],
    sim: float,
    fingerprint_options: FingerprintOptions | None = None,
    cluster_options: ClusterOptions | None = None,
    *,
    reading: ReadingOptions | None = None,
    workers: int | None = None,
    console: Console | None = None,
) -> tuple[Found, str]:
    """Fingerprint image files and cluster them, and no others: `fingerprint` and `cluster` in one go.

    Parameters, results and errors are theirs; fingerprints are by default those of `recommended_fingerprints`. Outputs
    that are not ours to replace are refused before any file is read.
    """
    fingerprint_options = fingerprint_options or recommended_fingerprints()
    cluster_options = cluster_options or ClusterOptions()
    check_sim(sim)
    console = console or Console()
    paths = list(paths)
    with held_outputs(cluster_options, fingerprint_options.database, paths) as outputs:
        warn_of_refusal(outputs, console)
        outcome = fingerprint(paths, fingerprint_options, reading=reading, workers=workers, console=console)
        failed = {failure.path for failure in outcome.failures if not failure.is_in_part}
        readable = {file.path for file in outcome.files} - failed
        if len(readable) > _MANY_IMAGES and sim > _SIM_FOR_MANY:
            console.warn(
                f"among {len(readable):,} images some that differ may join at SIM {sim:g}: with --sim "
                f"{_SIM_FOR_MANY} few do (README, a huge archive)"
            )
        table = cluster_into(
            outputs,
            sim,
            cluster_options,
            database=fingerprint_options.database,
            only=readable,
            reading=reading,
            workers=workers,
            console=console,
        )
    return outcome, table
