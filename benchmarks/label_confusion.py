"""Which relation is told of pairs whose relation is known: a confusion matrix, for any function that tells one."""

import os
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from accuracy_settings import table
from label_pairs import TRUTHS, Pair, label_pairs
from PIL import Image

import imgcmp
from imgcmp.results.relation_names import BEST, CROPPED, FRAMED, RELATIONS

Label = Callable[[str, str], str]  # two paths -> what the second is to the first
Confusion = Counter[tuple[str, str]]  # pairs by (truth, label)

APART = "not found"
SIMILAR = "similar"  # two pictures that are no copies: as well apart
BATCH = 100  # pairs that are looked at together; each is of another photograph

# A picture and its frame: which of the two is the best member, to whom relations are told, is up to the package.
FROM_THE_OTHER_SIDE = {CROPPED: FRAMED, FRAMED: CROPPED}


def confusion(pairs: Iterable[Pair], label: Label) -> Confusion:
    """Count which label is given to pairs of each truth."""
    return Counter((pair.truth, label(pair.first, pair.second)) for pair in pairs)


def measured(
    photographs: Iterable[Image.Image],
    n_rounds: int = 1,
    *,
    label_of_batch: Callable[[Sequence[Pair]], Label] | None = None,
) -> Confusion:
    """Make pairs of photographs in a temporary folder, batch by batch; count what is told of them.

    Parameters
    ----------
    photographs : iterable of Image
        Each is in one pair a round.
    n_rounds : int, optional
        Rounds make other pairs of the same photographs.
    label_of_batch : callable, optional
        A batch -> what tells the relation of its pairs; by default `label_by_find_duplicates`.
    """
    label_of_batch = label_of_batch or label_by_find_duplicates
    counted: Confusion = Counter()
    for number, batch in enumerate(_batches(photographs)):
        for seed in range(n_rounds):
            with tempfile.TemporaryDirectory() as folder:
                pairs = list(label_pairs(batch, folder, seed=seed + n_rounds * number))
                counted += confusion(pairs, label_of_batch(pairs))
    return counted


def _batches(photographs: Iterable[Image.Image]) -> Iterator[list[Image.Image]]:
    batch: list[Image.Image] = []
    for image in photographs:
        batch.append(image)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def label_by_find_duplicates(pairs: Sequence[Pair]) -> Label:
    """Return a function that tells what `imgcmp.find_duplicates` says of pairs.

    All are looked at in one call, which takes a tenth of the time. A pair of which one is in a cluster with others is
    looked at once more by itself: there it is told what it is to those.
    """
    said: dict[tuple[str, str], Mapping[str, str]] = {}
    clustered: set[str] = set()
    for relations in _relations_in([path for pair in pairs for path in (pair.first, pair.second)]):
        clustered |= relations.keys()
        if len(relations) == 2:
            said[_key(*relations)] = relations

    def label(first: str, second: str) -> str:
        key = _key(os.path.realpath(first), os.path.realpath(second))
        if key not in said:
            alone = next(_relations_in(key), None) if clustered.intersection(key) else None
            said[key] = alone or {}
        return _told(said[key], os.path.realpath(first))

    return label


def _key(first: str, second: str) -> tuple[str, str]:
    return (first, second) if first < second else (second, first)


def _relations_in(paths: Sequence[str]) -> Iterator[dict[str, str]]:
    """Yield the clusters of files: relations by path."""
    for group in imgcmp.find_duplicates([os.path.realpath(path) for path in paths]).groups:
        yield {path: member.relation for path, member in zip(group.files, group.members, strict=True)}


def _told(relations: Mapping[str, str], first: str) -> str:
    """Return what the other file of two is told to be to the first one."""
    name = next((name for name in relations.values() if name != BEST), APART)
    return name if relations.get(first) == BEST else FROM_THE_OTHER_SIDE.get(name, name)


def is_right(truth: str, label: str) -> bool:
    """Tell whether a label is right; two pictures that are only similar may as well be apart."""
    return label == truth or (truth == SIMILAR and label == APART)


def confusion_table(counted: Mapping[tuple[str, str], int]) -> str:
    """Return a table with a row a truth, a column a label, and the share that is right of either."""
    order = [*TRUTHS, *RELATIONS, APART]
    labels = sorted({label for _, label in counted}, key=lambda label: (label not in order, *_place(order, label)))
    rows = []
    for truth in (truth for truth in TRUTHS if any(truth == of for of, _ in counted)):
        of_truth = [counted.get((truth, label), 0) for label in labels]
        n_right = sum(n for label, n in zip(labels, of_truth, strict=True) if is_right(truth, label))
        rows.append([truth, *(n or "" for n in of_truth), f"{n_right / sum(of_truth):.4f}"])
    told = ["right where told", *(_precision(counted, label) for label in labels), ""]
    return table(["made / told", *labels, "right"], [*rows, told])


def _place(order: Sequence[str], label: str) -> tuple[int, str]:
    return (order.index(label) if label in order else len(order)), label


def _precision(counted: Mapping[tuple[str, str], int], label: str) -> str:
    """Return which share of the pairs that have a label has it rightly."""
    if label == APART:
        return ""
    told = {truth: n for (truth, said), n in counted.items() if said == label}
    return f"{sum(n for truth, n in told.items() if is_right(truth, label)) / sum(told.values()):.4f}"
