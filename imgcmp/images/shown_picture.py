"""A file -> the grey pixels that stand for it: those of a frame, and over a ground, on which something shows."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from typing import NamedTuple

from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile

from imgcmp.images.also_held import Held, also_held
from imgcmp.images.colour_signature import colour_signature
from imgcmp.images.detail import LEAST_DETAIL, detail
from imgcmp.images.grey_pixels import BLACK, MIN_SIDE, WHITE, Grey, Picture, as_grey, decoded
from imgcmp.images.open_file import Content, opened
from imgcmp.images.orientation import upright
from imgcmp.images.sharpness import scale_of, sharpness
from imgcmp.images.unreadable import is_passing, unreadable

# Of a film that begins flat so many frames and pixels are looked at, and no more: 130 frames of 1920 x 1080, or 40
# seconds of a small one. By numbers, not by time, so that a film has one frame on any machine and in any encoding.
_MOST_FRAMES, _MOST_PIXELS = 1000, 2**28


class Shown(NamedTuple):
    """What stands for a file.

    Attributes
    ----------
    picture : Picture
        Its grey pixels; width and height are those of the first frame, whichever this one is.
    detail : int
        How much it shows, 0..100.
    frame : int
        Which frame it is, or page; 0: the first.
    held : Held
        What the file holds.
    colours : bytes
        The means of its colours; see `imgcmp.images.colour_signature`.
    sharpness : int
        How much fine detail it has; see `imgcmp.images.sharpness`.
    """

    picture: Picture
    detail: int
    frame: int
    held: Held
    colours: bytes
    sharpness: int


class _Candidate(NamedTuple):
    """A frame that may stand for a file, its grey pixels on their ground, and what is told of it."""

    number: int
    image: Image.Image
    turned_as: Image.Image
    grey: Grey
    level: int
    colours: bytes
    sharpness: int


def read_shown(path: str, min_side: int) -> Shown:
    """Read what stands for an image file: see `shown` and `imgcmp.images.grey_pixels.read_picture`."""
    with unreadable(path), opened(path) as content, shown(content, min_side) as (_, found):
        return found


@contextmanager
def shown(content: Content, min_side: int, *, take_parts: bool = False) -> Iterator[tuple[Image.Image, Shown]]:
    """Decode an open image file; yield it, as `imgcmp.images.grey_pixels.decoded` does, and what stands for it.

    That is the first frame; if it is flat, the first later one that isn't; if all are flat, the first one after all.
    What is transparent is laid over a ground on which it shows: see `on_its_ground`.
    """
    with decoded(content, min_side, take_parts=take_parts) as (image, picture):
        held = also_held(image, content)
        grey, level = on_its_ground(image, image, picture.grey, min_side)
        # At once: looking at later frames changes the image.
        scale = 1 if isinstance(image, JpegImageFile) else scale_of(image.size, min_side)
        ground = WHITE if grey is picture.grey else BLACK
        colours = colour_signature(image, image, ground)
        best = _Candidate(0, image, image, grey, level, colours, sharpness(picture.decoded, grey, scale))
        if best.level < LEAST_DETAIL and held.n_frames > 1:
            best = _first_that_shows(image, content, min_side) or best
        picture = picture._replace(grey=best.grey)
        yield image, Shown(picture, best.level, best.number, held, best.colours, best.sharpness)


def on_its_ground(
    turned_as: Image.Image, image: Image.Image, over_white: Grey, min_side: int = MIN_SIDE
) -> tuple[Grey, int]:
    """Return grey pixels on the ground on which they show, and how much they do.

    That is white, as on paper and in browsers; black for what is flat over white and isn't over black, such as white
    letters on nothing.

    Parameters
    ----------
    turned_as, image : PIL.Image.Image
        The image whose orientation says how it is turned, and the one whose pixels count; often one and the same.
    over_white : PIL.Image.Image of mode L
        Its grey pixels over white, upright.
    min_side : int
        With which they were made: see `imgcmp.images.grey_pixels.as_grey`.
    """
    level = detail(over_white)
    if level >= LEAST_DETAIL or not image.has_transparency_data:
        return over_white, level
    over_black = upright(turned_as, as_grey(image, min_side, ground=BLACK))
    other = detail(over_black)
    return (over_black, other) if other >= LEAST_DETAIL else (over_white, level)


def frame_that_stands(image: Image.Image, content: Content) -> _Candidate | None:
    """Return the frame that stands for a film which begins flat; None if the first one stands for the file.

    Parameters
    ----------
    image : PIL.Image.Image
        Opened and loaded; it may be that frame afterwards.
    content : Content
        Its file.
    """
    if also_held(image, content).n_frames <= 1:
        return None
    _, level = on_its_ground(image, image, upright(image, as_grey(image)))
    return _first_that_shows(image, content, MIN_SIDE) if level < LEAST_DETAIL else None


def ground_of(image: Image.Image) -> int:
    """Return WHITE or BLACK, over which an image is to be laid: see `on_its_ground`."""
    if not image.has_transparency_data:
        return WHITE
    over_white = as_grey(image)
    return WHITE if on_its_ground(image, image, over_white)[0] is over_white else BLACK


def by_frame(frame: int) -> str:
    """Return which frame stands for a file, for people; nothing where it is the first, or unknown."""
    return f", by frame {frame} (the first is 0)" if frame > 0 else ""


def _first_that_shows(image: Image.Image, content: Content, min_side: int) -> _Candidate | None:
    """Return the first later frame that is not flat; None if there is none.

    What can't be decoded is the end of the film. What can't be decoded now, but perhaps by another run, is raised: the
    frame would hang on the memory that was free.
    """
    from imgcmp.images.frames import later_frames  # with the readers of all films, of which most runs need none

    n_pixels = 0
    try:
        for frame in islice(later_frames(image, content), _MOST_FRAMES):
            over_white = upright(frame.turned_as, as_grey(frame.image, min_side))
            grey, level = on_its_ground(frame.turned_as, frame.image, over_white, min_side)
            if level >= LEAST_DETAIL:
                colours = colour_signature(frame.turned_as, frame.image, WHITE if grey is over_white else BLACK)
                sharp = sharpness(frame.image, grey, scale_of(frame.image.size, min_side))
                return _Candidate(*frame, grey, level, colours, sharp)
            n_pixels += frame.image.width * frame.image.height
            if n_pixels > _MOST_PIXELS:
                break
    except Exception as error:  # as many kinds as there are decoders; the first frame is sound
        if is_passing(error) and not isinstance(error, ModuleNotFoundError):
            raise
    return None
