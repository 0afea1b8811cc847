"""What hangs together: a forest of disjoint sets (union-find)."""

from imgcmp.kernels.jit import Array, entry, inlined


@inlined
def root(parents: Array, i: int) -> int:
    """Return the cluster of a point; halve the way there for the next time."""
    while parents[i] != i:
        parents[i] = parents[parents[i]]
        i = parents[i]
    return i


@inlined
def unite(parents: Array, i: int, j: int) -> None:
    """Put two points, and all that are with them, into one cluster: the root of the higher number below the lower."""
    a, b = root(parents, i), root(parents, j)
    if a != b:
        parents[max(a, b)] = min(a, b)


@entry
def join_found(parents: Array, found: Array) -> None:
    """Put both images of each pair into one cluster."""
    for pair in found:
        unite(parents, pair >> 32, pair & 0xFFFFFFFF)


@entry
def join(parents: Array, starts: Array, indices: Array) -> None:
    """Put each point and its neighbours into one cluster: single linkage."""
    for i in range(parents.size):
        for e in range(starts[i], starts[i + 1]):
            unite(parents, i, indices[e])


@entry
def roots(out: Array, parents: Array) -> None:
    """Fill in the cluster of each point, by the number of its root."""
    for i in range(parents.size):
        out[i] = root(parents, i)
