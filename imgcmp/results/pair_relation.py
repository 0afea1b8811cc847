"""What a member of a cluster is to the best one: by bytes, pixels, damage, the camera, and what was seen."""

from typing import NamedTuple

from imgcmp.images.alignment import Box
from imgcmp.images.picture_difference import Difference
from imgcmp.results.camera_relations import is_burst, is_same_shot, may_be_burst, were_taken_apart
from imgcmp.results.members import Images
from imgcmp.results.relation_names import (
    BEST,
    BURST,
    DAMAGED,
    EDITED,
    MISSING,
    ONE_FRAME,
    REENCODED,
    SAME_FILE,
    SAME_PIXELS,
    SAME_SHOT,
    SIMILAR,
)
from imgcmp.results.relation_rules import relation_of, told_box
from imgcmp.results.same_members import Sames

Looked = dict[tuple[int, int], Difference]
"""In what pictures differ that were looked at, by the rows of the best one and the other, the first of their pixels."""

COPIES = frozenset((SAME_FILE, SAME_PIXELS, ONE_FRAME, REENCODED))
"""What members are that show the very picture of the best one."""


class Told(NamedTuple):
    """What is told of a member: its relation to the best one, and the part that this is about."""

    relation: str
    box: Box | None = None


def told_of(best: int, row: int, images: Images, sames: Sames, seen: Looked) -> Told:
    """Tell what a member is to the best one: the first rule that fits."""
    if row == best:
        return Told(BEST)
    if images.is_gone(row):
        return Told(MISSING)
    if sames.file[row] == sames.file[best]:
        return Told(SAME_FILE)
    if sames.pixels[row] == sames.pixels[best]:
        return Told(SAME_PIXELS)
    if is_burst(images, best, row):
        return Told(BURST)
    if were_taken_apart(images, best, row):
        return Told(SIMILAR)
    if images.damage and images.damage[row]:
        return Told(DAMAGED)
    if is_same_shot(images, best, row):
        return Told(SAME_SHOT)
    difference = seen.get((sames.pixels[best], sames.pixels[row]))
    if difference is None:
        return Told(SIMILAR)
    has_frames = bool(images.n_frames[best] > 1 or images.n_frames[row] > 1)
    relation = relation_of(difference, has_frames=has_frames)
    if is_stretched(images, best, row, difference):
        relation = EDITED
    if relation == SIMILAR and may_be_burst(images, best, row):
        return Told(BURST)
    return Told(relation, told_box(relation, difference))


def is_told_by_camera(images: Images, one: int, other: int) -> bool:
    """Tell whether the camera's data alone say what two images are to each other."""
    return is_same_shot(images, one, other) or were_taken_apart(images, one, other)


def same_size(images: Images, one: int, other: int) -> bool:
    """Tell whether two images have the same width, height and number of frames."""
    return all(column[one] == column[other] for column in (images.width, images.height, images.n_frames))


def is_stretched(images: Images, one: int, other: int, difference: Difference) -> bool:
    """Tell whether one picture is the other one but for its width or height."""
    return relation_of(difference, has_frames=False) == REENCODED and not _same_aspect(images, one, other)


def _same_aspect(images: Images, one: int, other: int) -> bool:
    """Tell whether one picture may be the other one resized: sides are rounded, or cut off to whole pixels."""
    (width, height), (other_width, other_height) = (
        (int(images.width[row]), int(images.height[row])) for row in (one, other)
    )
    error = abs(width * other_height - height * other_width)
    return error <= max(width + height, other_width + other_height)
