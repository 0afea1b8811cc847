"""The best members of clusters, after a look at them: what is cropped, framed or painted over gives way to a whole."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgcmp.images.picture_difference import Difference
from imgcmp.images.stored_as import is_full_depth_png
from imgcmp.results.best_member import best_members, central_member, holding_most, ranked
from imgcmp.results.members import FileReader, Images
from imgcmp.results.nearest_views import alignments_of, compared_to_best
from imgcmp.results.pair_relation import COPIES, Looked, is_stretched, is_told_by_camera, same_size, told_of
from imgcmp.results.picture_looks import Side, Sought
from imgcmp.results.relation_names import EDITED, ONE_FRAME, RECOLOURED, REENCODED, SIMILAR
from imgcmp.results.relation_rules import is_whole_of
from imgcmp.results.same_members import Sames

Groups = Sequence[NDArray[np.intp]]

_ROUNDS = 3  # in which a better one is looked for: the largest may be a page with the picture, the next one a frame

# Copies that a member has where the largest file has none, or times as many: that one is noisy, or painted over. Looked
# for where the largest file's are less than a tenth.
_MANY_COPIES, _TENTH = 3, 10

_LOSSLESS = frozenset(("PNG", "BMP", "TIFF"))  # always, or nearly so

# Evenness of drawings at least, and of photographs at most, see `imgcmp.images.evenness`; and by how much that of the
# better photograph is less. Of 47 photographs of less than 0.4 the PNG of a JPEG of quality 40 was more even by that in
# 22; and JPEGs of quality 98, 95 and 90 less even than what they were saved from in 2, 1 and 1, which lose little.
_DRAWN, _PHOTOGRAPHED, _LESS_EVEN = 0.6, 0.4, 0.04


class BestByLooks(NamedTuple):
    """Looks at pictures, and chooses the best ones by what it sees.

    Attributes
    ----------
    images : Images
        What is known of the members.
    sames : Sames
        Which are the same.
    n_bits : int
        Bits of a fingerprint.
    cut_bits : float
        Distance at which clusters are cut.
    reader : FileReader
        What looks at pictures side by side.
    """

    images: Images
    sames: Sames
    n_bits: int
    cut_bits: float
    reader: FileReader

    def best_of(self, groups: Groups) -> tuple[list[int], Looked]:
        """Choose the best member of each cluster; return them, and what was seen, of each beside its best one at least.

        Where none that is tried has more than similar ones, that is the first one that was tried.

        Parameters
        ----------
        groups : sequence of ndarray of intp
            The rows of each cluster's members, in the order of the cluster; at least one each.
        """
        first = [self.holding_most(group, ranked(group, self.images)[0]) for group in groups]
        best = [*first]
        seen = self.seen_beside(groups, best)
        todo = list(range(len(groups)))
        for _ in range(_ROUNDS):
            better = {k: self._better(groups[k], best[k], seen) for k in todo}
            todo = [k for k in todo if better[k] != best[k]]
            if not todo:
                break
            seen |= self.seen_beside([groups[k] for k in todo], [better[k] for k in todo])
            for k in todo:
                best[k] = self._checked(groups[k], best[k], better[k], seen)
            todo = [k for k in todo if best[k] == better[k]]
        for k, group in enumerate(groups):
            if self._relations(group, best[k], seen).keys() == {SIMILAR}:
                best[k] = first[k]
        return self.with_sources(groups, best, seen)

    def seen_beside(self, groups: Groups, best: Sequence[int]) -> Looked:
        """Look at members beside the best ones, where files and the camera don't tell all; of equal ones at one."""
        images, of_pixels = self.images, self.sames.pixels
        pairs = compared_to_best(groups, best, images)
        sought: dict[tuple[int, int], tuple[Sought, Side]] = {}
        alignments = alignments_of(pairs, images, self.n_bits, self.cut_bits)
        for a, b, alignment in zip(pairs.best.tolist(), pairs.other.tolist(), alignments, strict=True):
            one, other = of_pixels[a], of_pixels[b]
            is_told = images.is_gone(a) or images.is_gone(b) or is_told_by_camera(images, a, b)
            if alignment is not None and one != other and not is_told:
                sought.setdefault((one, other), (_sought(images, one), Side(_sought(images, other), alignment)))
        found = self.reader.differences(list(sought.values())) if sought else {}
        by_files = {rows: found.get((best.file, side.picture.file)) for rows, (best, side) in sought.items()}
        return {rows: difference for rows, difference in by_files.items() if difference is not None}

    def with_sources(self, groups: Groups, best: Sequence[int], seen: Looked) -> tuple[list[int], Looked]:
        """Put in place of each best file the one that it was saved from, if that is there: it lost less.

        Sizes don't tell where one of the two formats is lossless: a PNG of a poor JPEG is larger than a good JPEG, and
        that of a drawing smaller. What is less even is the better photograph, and the worse drawing.

        Parameters
        ----------
        groups, best
            As for `seen_beside`.
        seen : Looked
            What that told.

        Returns
        -------
        best : list of int
            Their rows.
        seen : Looked
            That, and what was seen beside those that are new.
        """
        doubtful = [
            (one, row)
            for group, one in zip(groups, best, strict=True)
            for row in group.tolist()
            if self._is_saved_otherwise(one, row, seen)
        ]
        files = dict.fromkeys(self.images.files[row] for pair in doubtful for row in pair)
        even = self.reader.evenness(list(files)) if files else {}
        source_of: dict[int, int] = {}
        for one, row in doubtful:
            if one not in source_of and self._has_lost_less(row, one, even):
                source_of[one] = row
        changed = [k for k, one in enumerate(best) if one in source_of]
        if changed:
            beside = self.seen_beside([groups[k] for k in changed], [source_of[best[k]] for k in changed])
            seen = seen | beside
        return [source_of.get(one, one) for one in best], seen

    def _is_saved_otherwise(self, best: int, row: int, seen: Looked) -> bool:
        """Tell whether one of two copies of one size is lossless, and the other one is not."""
        images = self.images
        if not images.format or not self._is_as_good(row, best):
            return False
        kinds = {images.format[best] in _LOSSLESS, images.format[row] in _LOSSLESS}
        return len(kinds) == 2 and told_of(best, row, images, self.sames, seen).relation == REENCODED

    def _has_lost_less(self, row: int, best: int, even: Mapping[str, float]) -> bool:
        files = self.images.files
        if files[row] not in even or files[best] not in even:
            return False
        own, of_best = even[files[row]], even[files[best]]
        if min(own, of_best) < _DRAWN:
            return own < min(_PHOTOGRAPHED, of_best - _LESS_EVEN)
        return own > of_best and (self.images.format[row] != "PNG" or is_full_depth_png(files[row]))

    def holding_most(self, rows: NDArray[np.intp], best: int) -> int:
        """Return the one of some members that holds the most of those with the pixels of the best one."""
        equal = [row for row in rows.tolist() if self.sames.pixels[row] == self.sames.pixels[best]]
        return holding_most(best, equal, self.images)

    def _better(self, group: NDArray[np.intp], best: int, seen: Looked) -> int:
        """Return the member that is better than the one of most pixels, if there is one.

        It is a whole of which that one is a crop, or the picture that it frames; or the same picture with its colours,
        or all frames; or in a file that holds more; or one of several that are not stretched as that one is; or, where
        that one has no copy, one that may have some: see `_checked`.
        """
        differences = [(row, self._difference(best, row, seen)) for row in group.tolist()]
        better = [row for row, difference in differences if difference is not None and is_whole_of(difference)]
        if better:
            return best_members([np.array(better)], self.images)[0]
        fuller = [row for row in group.tolist() if self._is_fuller(best, row, seen)]
        if fuller:
            return best_members([np.array(fuller)], self.images)[0]
        others = [row for row in group.tolist() if self._is_stretched(best, row, seen)]
        if len(others) > 1:
            return best_members([np.array(others)], self.images)[0]
        if len(group) > 2 and self._relations(group, best, seen).keys() == {SIMILAR}:
            order = ranked(group, self.images)  # none before it was better
            return order[min(order.index(best) + 1, len(order) - 1)]
        if self._has_few_copies(group, best, seen):
            others = [row for row in ranked(group, self.images) if row != best and self._is_as_good(row, best)]
            return central_member(others, self.images) if others else best
        equal = [row for row, difference in differences if difference is not None and self._is_equal(best, row, seen)]
        return holding_most(best, equal, self.images)

    def _checked(self, group: NDArray[np.intp], best: int, better: int, seen: Looked) -> int:
        """Return the better one, unless that only looked so: where neither is a copy of many, the first one stays."""
        if better == best:
            return best
        n_copies, n_of_best = (self._n_copies(group, row, seen) for row in (better, best))
        if self._is_stretched(best, better, seen):
            return better if n_copies > n_of_best else best
        if not self._has_few_copies(group, best, seen):
            return better
        if self._relations(group, best, seen).keys() == {SIMILAR} or self._is_whole_of(best, better, seen):
            return better
        if self._is_fuller(best, better, seen):
            return better
        return better if n_copies >= max(_MANY_COPIES, _MANY_COPIES * n_of_best) else best

    def _relations(self, group: NDArray[np.intp], best: int, seen: Looked) -> Counter[str]:
        rows = [row for row in group.tolist() if row != best]
        return Counter(told_of(best, row, self.images, self.sames, seen).relation for row in rows)

    def _n_copies(self, group: NDArray[np.intp], best: int, seen: Looked) -> int:
        return sum(n for relation, n in self._relations(group, best, seen).items() if relation in COPIES)

    def _has_few_copies(self, group: NDArray[np.intp], best: int, seen: Looked) -> bool:
        return len(group) > max(_MANY_COPIES, _TENTH * self._n_copies(group, best, seen))

    def _difference(self, best: int, row: int, seen: Looked) -> Difference | None:
        return seen.get((self.sames.pixels[best], self.sames.pixels[row]))

    def _is_whole_of(self, best: int, row: int, seen: Looked) -> bool:
        difference = self._difference(best, row, seen)
        return difference is not None and is_whole_of(difference)

    def _is_fuller(self, best: int, row: int, seen: Looked) -> bool:
        """Tell whether one has the colours that the best one lacks, or the other frames, and as many pixels."""
        difference = self._difference(best, row, seen)
        if difference is None or not self._is_as_good(row, best):
            return False
        relation = told_of(best, row, self.images, self.sames, seen).relation
        has_colours = difference.is_grey == (True, False) and relation in (RECOLOURED, EDITED)
        return has_colours or (
            relation == ONE_FRAME and int(self.images.n_frames[row]) > int(self.images.n_frames[best])
        )

    def _is_stretched(self, best: int, row: int, seen: Looked) -> bool:
        difference = self._difference(best, row, seen)
        return difference is not None and is_stretched(self.images, best, row, difference)

    def _is_equal(self, best: int, row: int, seen: Looked) -> bool:
        difference = self._difference(best, row, seen)
        return difference is not None and difference.is_nothing and same_size(self.images, best, row)

    def _is_as_good(self, row: int, best: int) -> bool:
        images = self.images
        is_whole = not images.is_gone(row) and not (images.damage and images.damage[row])
        return is_whole and _n_pixels(images, row) == _n_pixels(images, best)


def _sought(images: Images, row: int) -> Sought:
    frame, width, height = (int(column[row]) for column in (images.frame, images.width, images.height))
    return Sought(images.files[row], frame, width, height)


def _n_pixels(images: Images, row: int) -> int:
    return int(images.width[row]) * int(images.height[row])
