"""One image -> its fingerprint and those of its views, packed."""

import os
from collections.abc import Collection
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile

from imgcmp.errors import UnreadableImageError
from imgcmp.fingerprints.hashes import PIXELS_PER_X
from imgcmp.fingerprints.packing import Words, pack
from imgcmp.fingerprints.parameters import MAX_X, METHODS, MIN_X
from imgcmp.fingerprints.view_bits import picture_views, whole_and_views
from imgcmp.fingerprints.views import View, views_of_kinds
from imgcmp.images.also_held import holds_more
from imgcmp.images.camera_facts import camera_facts
from imgcmp.images.colour_signature import colour_signature
from imgcmp.images.detail import LEAST_DETAIL, detail
from imgcmp.images.embedded_preview import trusted_preview
from imgcmp.images.file_digest import DIGEST_BYTES, identity
from imgcmp.images.grey_pixels import Grey, grey_pixels
from imgcmp.images.image_file import PREVIEW, UNKNOWN, Failure, ImageFile
from imgcmp.images.open_file import Content, opened
from imgcmp.images.orientation import is_sideways, orientation, upright
from imgcmp.images.pixel_digest import digest_whole_or_file, pixel_digest
from imgcmp.images.shown_picture import on_its_ground, shown
from imgcmp.images.stored_as import bit_depth, format_of_file
from imgcmp.images.unreadable import ran_out_of_memory, unreadable, with_path
from imgcmp.system.checks import integer

NO_PIXELS = bytes(DIGEST_BYTES)


class FileFingerprint(NamedTuple):
    """The fingerprint of an image file, the size of the whole picture, upright, the digest of the file, and the views.

    `words` has shape (n_words,), `views` (n_views, n_words). `detail` says how much the picture shows, -1: unknown;
    of one that shows too little `pixels` is the digest of its pixels. `n_frames` counts frames or pages, -1: more than
    one; `frame` is the number, from 0, of the one that the fingerprint is of; `others` names what else the file holds,
    words of `imgcmp.images.also_held.OTHERS` with commas. `middle` is the digest of spots between the ends of the file.
    `format` and `bit_depth` are those of the file, see `imgcmp.images.stored_as`; what follows on them is what
    `imgcmp.images.camera_facts` tells; `colours` and `sharpness` are those of the picture, see
    `imgcmp.images.colour_signature` and `imgcmp.images.sharpness`; `look` is what `LookRows.of` of
    `imgcmp.fingerprints.look_rows` takes. `damage` is empty or one of `imgcmp.images.image_file.DAMAGES`; words and
    views of a file that is cut off are those of its first rows. `rests_on` is empty, or
    `imgcmp.images.image_file.PREVIEW`: then digests are unknown, and so is what only the whole file tells.
    """

    words: Words
    width: int
    height: int
    digest: bytes
    views: Words
    detail: int
    pixels: bytes
    n_frames: int
    frame: int
    others: str
    middle: bytes
    format: str
    bit_depth: int
    camera_make: str
    camera_model: str
    has_exif: int
    has_gps: int
    taken_ns: int
    utc_offset_min: int
    colours: bytes
    sharpness: int
    look: NDArray[np.uint8]
    damage: str
    rests_on: str = ""


class Moved(NamedTuple):
    """Stands for the fingerprint of a file that is known from another path, by this: it need not be decoded."""

    identity: bytes


def fingerprint(
    image: Image.Image | str | os.PathLike[str] | NDArray[np.uint8], *, x: int = 8, method: str = "phash"
) -> Words:
    """Compute the fingerprint of an image.

    Parameters
    ----------
    image : PIL.Image.Image, path, or ndarray of uint8 with shape (height, width)
        A Pillow image of any mode, the name of an image file, or grey pixels. Of a JPEG *file* a reduced-scale
        decode is used, which changes a bit here and there; pixels in memory are used as they are. What is transparent
        is laid over white, or over black if it shows there and not over white. Of a *file* whose first frame is flat
        the first frame counts that isn't.
    x : int
        Side of the fingerprint, 2..64.
    method : {"phash", "ahash", "dhash"}
        Kind of fingerprint.

    Returns
    -------
    words : ndarray of uint64, shape (n_words,)
        ``x * x`` bits, packed as by `pack`.

    Raises
    ------
    TypeError
        If `image` is none of these.
    ValueError
        If `x` or `method` is not one of these, an array is not two-dimensional, or there are no pixels.
    UnreadableImageError
        If the file cannot be read as an image.
    """
    words: Words = fingerprint_views(image, x=x, method=method, views="none")[0]
    return words


def fingerprint_views(
    image: Image.Image | str | os.PathLike[str] | NDArray[np.uint8],
    *,
    x: int = 8,
    method: str = "phash",
    views: str = "all",
) -> Words:
    """Compute the fingerprints of an image and of its views: what changed copies of it would be.

    Parameters
    ----------
    image, x, method
        As for `fingerprint`.
    views : str
        "all", "none", or some of "crops", "flips" and "turns", separated by commas. Of "all" the first four are the
        whole in the ways in which it may stand, mirrored, flipped and turned, and each other view stands in one way;
        the plain kinds are of the picture as it is.

    Returns
    -------
    words : ndarray of uint64, shape (1 + n_views, n_words)
        First the fingerprint of the whole, then those of the views, in the order of
        `imgcmp.fingerprints.views.view_names`. A view that is no other than the whole, such as 4:3 of a picture of
        4:3, repeats it.

    Raises
    ------
    TypeError, ValueError, UnreadableImageError
        As `fingerprint` does.

    Notes
    -----
    `imgcmp.cluster` takes the views with ``layout=imgcmp.view_layout(views, method, x)``, which says how the distance
    of two images comes about. Looks, which decide where bits are in doubt, are not among these: see
    `imgcmp.fingerprint_files`.
    """
    x = check_parameters(x, method)
    chosen = views_of_kinds(views)
    if isinstance(image, (str, os.PathLike)):
        try:
            found = fingerprint_file(os.fspath(image), x=x, method=method, views=views)
        except UnreadableImageError as error:
            raise with_path(error, os.fspath(image)) from error
        return np.vstack([found.words, found.views])
    return pack(whole_and_views(_grey_pixels_of(image), x, method, chosen))


def fingerprint_file(path: str, *, x: int, method: str, views: str = "none") -> FileFingerprint:
    """Compute the fingerprint of an image file; raise UnreadableImageError if it cannot be read."""
    with unreadable(path), opened(path) as content:
        return _fingerprint_of(content, x, method, views_of_kinds(views))


def try_fingerprint(
    file: ImageFile,
    *,
    x: int,
    method: str,
    views: str = "none",
    known: Collection[bytes] = (),
    take_parts: bool = False,
    by_preview: bool = False,
) -> FileFingerprint | Moved | Failure:
    """Compute the fingerprint of an image file, or say why it cannot be read: the task of a worker process.

    It is not decoded if its `imgcmp.images.file_digest.identity` is among those known. With `take_parts` one that is
    cut off is not one that can't be read, if enough is left of it: see `imgcmp.images.damage`. `by_preview` takes that
    of its preview, where there is one to be trusted: see `imgcmp.images.embedded_preview`.
    """
    chosen = views_of_kinds(views)
    try:
        if by_preview and not known:
            with unreadable(file.path), opened(file.path, as_found=True, start_alone=True) as content:
                if (found := _of_preview(content, x, method, chosen)) is not None:
                    return found
        with unreadable(file.path), opened(file.path, as_found=True) as content:
            if known and (key := _known_as(content, file, known)) is not None:
                return Moved(key)
            if by_preview and known and (found := _of_preview(content, x, method, chosen)) is not None:
                return found
            return _fingerprint_of(content, x, method, chosen, take_parts=take_parts)
    except UnreadableImageError as error:
        return file.unreadable(error)


def check_parameters(x: int, method: str) -> int:
    """Return x as an int; raise TypeError or ValueError if there is no such fingerprint."""
    x = integer(x, "x")
    if not MIN_X <= x <= MAX_X:
        raise ValueError(f"x must be in {MIN_X}..{MAX_X}; got {x}")
    if not isinstance(method, str) or method not in METHODS:
        raise ValueError(f"method must be one of {', '.join(METHODS)}; got {method!r}")
    return x


def _grey_pixels_of(image: Image.Image | NDArray[np.uint8]) -> Grey:
    if isinstance(image, Image.Image):
        if 0 in image.size:
            raise ValueError(f"image must have pixels; got size {image.size}")
        grey = grey_pixels(image)
        return on_its_ground(image, image, grey)[0] if image.has_transparency_data else grey
    if not isinstance(image, np.ndarray) or image.dtype != np.uint8:
        kind = f"an array of {image.dtype}" if isinstance(image, np.ndarray) else type(image).__name__
        raise TypeError(f"image must be a Pillow image, a path, or an array of uint8; got {kind}")
    if image.ndim != 2 or image.size == 0:
        raise ValueError(f"image must have shape (height, width), not empty; got {image.shape}")
    return Image.fromarray(image)


def _known_as(content: Content, file: ImageFile, known: Collection[bytes]) -> bytes | None:
    """Return by what a file is known; None if it isn't. Spots between its ends are read if these are known alone."""
    digest = content.digest()
    if digest not in _ends_of(frozenset(known)):
        return None
    key = identity(digest, content.middle(), content.size, file.mtime_ns)
    return key if key in known else None


@lru_cache(maxsize=1)
def _ends_of(known: frozenset[bytes]) -> frozenset[bytes]:
    return frozenset(key[:DIGEST_BYTES] for key in known)


def _fingerprint_of(
    content: Content, x: int, method: str, views: tuple[View, ...], *, take_parts: bool = False
) -> FileFingerprint:
    with shown(content, PIXELS_PER_X * x, take_parts=take_parts) as (image, found):
        seen = picture_views(found.picture.grey, x, method, views, found.picture.turn)
        words = pack(seen.bits)
        form = format_of_file(image, content)
        n_bits, camera = bit_depth(image, content, form), camera_facts(image, content, form)
        pixels = NO_PIXELS if found.detail >= LEAST_DETAIL else _pixels_if_memory(content, image)
    return FileFingerprint(
        words=words[0],
        width=found.picture.width,
        height=found.picture.height,
        digest=content.digest(),
        views=words[1:],
        detail=found.detail,
        pixels=pixels,
        n_frames=found.held.n_frames,
        frame=found.frame,
        others=",".join(found.held.others),
        middle=content.middle(),
        format=form,
        bit_depth=n_bits,
        **camera._asdict(),
        colours=found.colours,
        sharpness=found.sharpness,
        look=seen.look_row,
        damage=found.picture.damage,
    )


def _of_preview(content: Content, x: int, method: str, views: tuple[View, ...]) -> FileFingerprint | None:
    """Compute the fingerprint of the preview of a file; None if it has none to be trusted, or one that is flat."""
    preview = trusted_preview(content)
    if preview is None:
        return None
    image = preview.image
    grey = upright(image, image.convert("L"))
    level = detail(grey)
    if level < LEAST_DETAIL:
        return None
    seen = picture_views(grey, x, method, views, orientation(image))
    words = pack(seen.bits)
    width, height = preview.width, preview.height
    return FileFingerprint(
        words=words[0],
        width=height if is_sideways(image) else width,
        height=width if is_sideways(image) else height,
        digest=bytes(DIGEST_BYTES),
        views=words[1:],
        detail=level,
        pixels=NO_PIXELS,
        n_frames=1,
        frame=0,
        others="",
        middle=bytes(DIGEST_BYTES),
        format="JPEG",
        bit_depth=UNKNOWN,
        **camera_facts(image, content, "JPEG")._asdict(),
        colours=colour_signature(image, image),
        sharpness=UNKNOWN,
        look=seen.look_row,
        damage="",
        rests_on=PREVIEW,
    )


def _pixels_if_memory(content: Content, image: Image.Image) -> bytes:
    """Return the digest of the pixels; NO_PIXELS if memory is short for that: the next run reads the file again."""
    try:
        return _pixels_of(content, image)
    except Exception as error:
        if ran_out_of_memory(error):
            return NO_PIXELS
        raise


def _pixels_of(content: Content, image: Image.Image) -> bytes:
    """Return the digest of the pixels; a JPEG was decoded at reduced scale, and is decoded once more."""
    if isinstance(image, JpegImageFile) or holds_more(image, content):
        return digest_whole_or_file(content)
    return pixel_digest(image)
