"""Plain-NumPy twins of the kernels: slow, short, and meant to be read as the specification."""

import numpy as np
from scipy.cluster import hierarchy


def cdist(words_a, words_b):
    different = words_a[:, None, :] ^ words_b[None, :, :]
    return np.bitwise_count(different).sum(axis=2, dtype=np.uint16)


def pdist(words):
    return cdist(words, words)[np.triu_indices(len(words), 1)]


def diameter(words):
    return int(cdist(words, words).max(initial=0))


def nearest(words, queries, k):
    distances = cdist(queries, words)
    indices = np.argsort(distances, axis=1, kind="stable")[:, :k]
    return np.take_along_axis(distances, indices, axis=1), indices


def pairs(words, radius_bits):
    distances = np.triu(cdist(words, words).astype(int) + 1, 1) - 1
    i, j = np.nonzero((distances >= 0) & (distances <= radius_bits))
    return i, j, distances[i, j]


def neighbours(words, radius_bits):
    """starts, indices: for each row the other rows within the radius, ascending."""
    within = cdist(words, words) <= radius_bits
    np.fill_diagonal(within, False)
    rows, indices = np.nonzero(within)
    return np.searchsorted(rows, np.arange(len(words) + 1)), indices


def components(words, radius_bits):
    """A number for each row: equal for those that hang together within the radius."""
    within = cdist(words, words) <= radius_bits
    numbers = np.arange(len(words))
    for _ in range(len(words)):
        least = np.where(within, numbers, len(words)).min(axis=1)
        if np.array_equal(least, numbers):
            break
        numbers = least
    return numbers


def substring_key(bits):
    """The bits as one number, the first of them the highest."""
    return sum(int(bit) << k for k, bit in enumerate(bits[::-1]))


def splitmix64(z):
    mask = 2**64 - 1
    z = (z + 0x9E3779B97F4A7C15) & mask
    z = ((z ^ z >> 30) * 0xBF58476D1CE4E5B9) & mask
    z = ((z ^ z >> 27) * 0x94D049BB133111EB) & mask
    return z ^ z >> 31


def tie_breaks(words):
    k = []
    for row in words.tolist():
        z = 0
        for word in row:
            z = splitmix64(z ^ word)
        k.append((z >> 11) * 2.0**-53)
    return np.array(k)


def view_distances(words, views):
    """The smallest distance of the whole of one to the whole or any view of the other, as a matrix."""
    variants = np.concatenate([words[:, None], views], axis=1)
    nearest = np.bitwise_count(words[:, None, None] ^ variants[None]).sum(axis=3, dtype=np.int64).min(axis=2)
    return np.minimum(nearest, nearest.T)


def view_heights(words, views):
    """D' over views as a matrix: k hashes whole and views, and images equal in all of them are 0 apart."""
    rows = np.hstack([words, views.reshape(len(words), -1)])
    offsets = 2.0**-10 * tie_breaks(rows)
    heights = view_distances(words, views) + (offsets[:, None] + offsets)
    equal = (rows[:, None] == rows).all(axis=2)
    return np.where(equal, 0.0, heights)


def clusters_over_views(words, views, n_bits, sim, method):
    """Labels by the definition: scipy's, of all D' over views."""
    heights = view_heights(words, views)[np.triu_indices(len(words), 1)]
    cut = round(sim * n_bits * 256) / 256 + 2 * 2.0**-10
    return number_by_first(hierarchy.fcluster(hierarchy.linkage(heights, method), cut, "distance"))


def heights(words):
    """D' in condensed form."""
    k = tie_breaks(words)
    i, j = np.triu_indices(len(words), 1)
    return pdist(words) + (2.0**-10 * k[i] + 2.0**-10 * k[j])


def square_heights(words):
    """D' as a matrix."""
    offsets = 2.0**-10 * tie_breaks(words)
    return cdist(words, words) + offsets[:, None] + offsets


def cluster_distance(heights, in_a, in_b, method):
    """Distance of two clusters, given as {row: weight}."""
    a, b = list(in_a), list(in_b)
    between = heights[np.ix_(a, b)]
    if method == "complete":
        return between.max()
    weights = np.outer(list(in_a.values()), list(in_b.values()))
    return (weights * between).sum() / weights.sum()


def clusters(words, n_bits, sim, method):
    """Labels by the definition: scipy's, of all D'."""
    tree = hierarchy.linkage(heights(words), method)
    cut = round(sim * n_bits * 256) / 256 + 2 * 2.0**-10
    return number_by_first(hierarchy.fcluster(tree, cut, "distance"))


def number_by_first(labels):
    numbers = {}
    return np.array([numbers.setdefault(label, len(numbers)) for label in labels])
