"""The SIM of a run as a number, and what is said of it."""

from imgcmp.clusters.auto_sim import Kind, auto_sim, pairs_by_chance
from imgcmp.clusters.cut import AUTO, Sim
from imgcmp.commands.console import Console
from imgcmp.system.text import count

_MANY_PER_IMAGE = 1e-2
"""Of a SIM that was given it is told if more pairs than that are expected to join by chance."""


def sim_used(sim: Sim, n_images: int, kind: Kind, console: Console) -> float:
    """Return SIM as a number; tell how it was found, or, of a number, that many should join by chance.

    InputError if it is "auto", which is not known for that kind of fingerprints.
    """
    if sim == AUTO:
        used = auto_sim(n_images, kind)
        joins = (
            "at most one pair in a thousand images should join by chance" if used else "equal fingerprints alone join"
        )
        console.summary(f"SIM {used:g} (auto, {count(n_images, 'image')}: {joins})")
        return used
    n_pairs = pairs_by_chance(n_images, sim, kind)
    if n_pairs is not None and n_pairs >= max(1.0, _MANY_PER_IMAGE * n_images):
        console.warn(
            f"among {n_images:,} images about {count(int(float(f'{n_pairs:.1g}')), 'pair')} that differ should join by "
            f"chance at SIM {sim:g}; auto takes {auto_sim(n_images, kind):g} here, for one in a thousand images"
        )
    return sim
