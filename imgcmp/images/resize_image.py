"""One image file -> its resized copy."""

import io
import os
from contextlib import suppress
from typing import NamedTuple

from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile

from imgcmp.errors import UnreadableImageError
from imgcmp.images.colour_picture import resizable
from imgcmp.images.colours import conversion_of, in_srgb
from imgcmp.images.decode_memory import bytes_to_read
from imgcmp.images.decoders import open_image
from imgcmp.images.grey_pixels import laid_over
from imgcmp.images.image_file import Failure
from imgcmp.images.open_file import opened
from imgcmp.images.orientation import upright
from imgcmp.images.resized_folder import FORMAT_OF_SUFFIX, CopyJob
from imgcmp.images.shown_picture import by_frame, frame_that_stands, ground_of
from imgcmp.images.unreadable import is_passing, reason, unreadable
from imgcmp.system.atomic import replacing_in
from imgcmp.system.memory_budget import reserve
from imgcmp.system.own_tree import NotOursError, Tree, check_replaceable, opened_tree
from imgcmp.system.ownership import make_folders
from imgcmp.system.text import shown

# The modes that a format holds; pictures of other modes are written as RGB, laid over a ground where they
# are transparent.
_MODES = {
    "JPEG": ("L", "RGB", "CMYK"),
    "PNG": ("L", "LA", "RGB", "RGBA"),
    "WEBP": ("RGB", "RGBA"),
    "TIFF": ("L", "LA", "RGB", "RGBA", "CMYK"),
    "BMP": ("L", "RGB"),
    "GIF": ("L", "RGB", "RGBA"),
    "PPM": ("L", "RGB"),
}
_WITH_PROFILE = ("JPEG", "PNG", "WEBP", "TIFF")
_OF_BITS_ONLY = ("group3", "group4", "tiff_ccitt")  # compressions of TIFF, which a writer takes over from the source
_OPTIONS: dict[str, dict[str, int]] = {"JPEG": {"quality": 90}, "WEBP": {"quality": 90}}


class Copied(NamedTuple):
    """A copy that was made: its size in bytes, and what was done to the picture, for people."""

    size: int
    done: str


def try_copy(job: CopyJob, *, fraction: float, tree: Tree) -> Copied | Failure:
    """Make a copy, or say why it cannot be made: the task of a worker process."""
    file, copy, size_there = job
    try:
        return _copied(file.path, copy, fraction, tree, size_there)
    except UnreadableImageError as error:
        return file.unreadable(error)
    except Exception as error:  # Pillow's writers raise ValueError and more, say for a picture too large for a format
        why = f"its copy cannot be written: {_why_not_written(error, copy)}"
        return file.passing_failure(why) if isinstance(error, (OSError, MemoryError)) else file.failure(why)


def _why_not_written(error: Exception, copy: str) -> str:
    """Say why a copy was not written: what the system or the memory says, or that its format can't hold it."""
    if isinstance(error, NotOursError):
        return shown(error.args[0])  # without the path that was added to it on its way
    if is_passing(error) or (isinstance(error, OSError) and error.strerror):
        return reason(error, copy)
    return "the picture is too large for its format, or of another kind than it holds"


def make_copy(source: str, copy: str, fraction: float) -> str:
    """Write a smaller copy of an image file, upright.

    Parameters
    ----------
    source, copy : str
        The file, by its real path, and the one to make or replace; its suffix tells the format, JPEG if it is of none
        that is known. Its folder is made.
    fraction : float
        Of width and height; in (0, 1].

    Returns
    -------
    done : str
        What was done, for people: ``"3264 x 2448 -> 653 x 490, EXIF orientation applied"``.

    Raises
    ------
    UnreadableImageError
        If the source cannot be read as an image.
    OSError
        If the copy cannot be written, or a link or an original is at its place.
    """
    folder = os.path.realpath(os.path.dirname(copy))
    make_folders(folder)
    with opened_tree(folder) as tree:
        return _copied(source, os.path.join(folder, os.path.basename(copy)), fraction, tree).done


def _copied(source: str, copy: str, fraction: float, tree: Tree, size_there: int | None = None) -> Copied:
    """Write a smaller copy of an image file to a place in the folder of copies, and nowhere else."""
    with unreadable(source):
        before = os.stat(source)
    name = os.path.relpath(copy, tree.path)
    with suppress(FileNotFoundError), tree.folder_of(name) as folder:
        _check_replaced(folder, copy, before, size_there)  # now, and not only when all is decoded
    form = FORMAT_OF_SUFFIX.get(os.path.splitext(copy)[1].lower(), "JPEG")
    encoded, done = _encoded(source, fraction, form)
    # Not durable: an fsync per copy costs more than the copy, and a copy that is not whole is told by its size.
    with tree.folder_of(name, make=True) as folder, replacing_in(folder, copy) as file:
        file.write(encoded)
        _check_replaced(folder, copy, before, size_there, encoded)
    return Copied(len(encoded), done)


def _check_replaced(
    folder: int, copy: str, source: os.stat_result, size_there: int | None, encoded: memoryview | None = None
) -> None:
    """Refuse to replace anything but a copy: a link, a folder, or a file that came there by whatever way.

    A copy is younger than its source. What has its size and its time is the source itself, which was moved there, or
    to which a mount leads. Of the copy that was made a power cut may leave less: it is the start of the new one. What
    has another name is not lost.
    """
    there = check_replaceable(folder, copy)
    if there is None:
        return
    if (there.st_size, there.st_mtime_ns) == (source.st_size, source.st_mtime_ns):
        raise NotOursError(f"{copy} has the size and the time of the original, and is left alone: move it elsewhere")
    if size_there is None or there.st_size in (0, size_there) or there.st_nlink > 1:
        return
    if there.st_size > size_there or (encoded is not None and _held(folder, copy) != encoded[: there.st_size]):
        raise NotOursError(f"{copy} is not the copy that was made, and is left alone: move it elsewhere")


def _held(folder: int, path: str) -> bytes:
    """Return what a file in an open folder holds."""
    name = os.path.basename(path)
    with open(name, "rb", opener=lambda name, flags: os.open(name, flags | os.O_NOFOLLOW, dir_fd=folder)) as file:
        return file.read()


def _encoded(source: str, fraction: float, form: str) -> tuple[memoryview, str]:
    """Return the shrunk image as a file, and what was done.

    In memory: Pillow writes to a file by itself, and takes less than all written, by a disk that is full, for success.
    """
    image, profile, done = _shrunk(source, fraction, form)
    if image.mode not in _MODES[form]:
        done += f", {image.mode} -> RGB"
        profile = profile if image.mode == "RGBA" else None
        image = laid_over(image, ground_of(image)).convert("RGB")
    if image.info.get("compression") in _OF_BITS_ONLY:
        image.info["compression"] = "tiff_lzw"
    encoded = io.BytesIO()
    image.save(encoded, format=form, icc_profile=profile, **_OPTIONS.get(form, {}))
    return encoded.getbuffer(), done


def _shrunk(source: str, fraction: float, form: str) -> tuple[Image.Image, bytes | None, str]:
    """Return the shrunk image, the colour profile that is true of it, if any, and what was done."""
    with unreadable(source), opened(source, as_found=True) as content, open_image(content) as image:
        whole = image.size
        width, height = (max(1, round(side * fraction)) for side in whole)
        if isinstance(image, JpegImageFile):
            image.draft(None, (2 * width, 2 * height))
        reserve(bytes_to_read(image, whole, content.size) + _bytes_to_shrink(image, width, height))
        image.load()
        frame = frame_that_stands(image, content)
        picture, turned_as = (image, image) if frame is None else (frame.image, frame.turned_as)
        if frame is not None:  # a page may be of another size
            whole = picture.size
            width, height = (max(1, round(side * fraction)) for side in whole)
        small = resizable(picture).resize((width, height), Image.Resampling.LANCZOS)
        turned = upright(turned_as, small)
        done = f"{whole[0]} x {whole[1]} -> {turned.width} x {turned.height}"
        if turned is not small:
            done += ", EXIF orientation applied"
        done += by_frame(0 if frame is None else frame.number)
        profile = picture.info.get("icc_profile")
        conversion = conversion_of(turned)
        if conversion is not None and not (profile and form in _WITH_PROFILE and turned.mode in _MODES[form]):
            return in_srgb(turned, conversion), None, f"{done}, colours -> sRGB"
        same_colours = picture.mode == "P" or picture.mode.rstrip("A") == turned.mode.rstrip("A")
        return turned, profile if same_colours else None, done


def _bytes_to_shrink(image: Image.Image, width: int, height: int) -> int:
    """Return what shrinking an image takes: once in a mode that can be averaged, across, and what is made of the rest.

    The last are the small one, turned, laid over a ground in four steps, and as the format's writer holds it.
    """
    return 4 * (image.width * image.height + width * image.height + 8 * width * height)
