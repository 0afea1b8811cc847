"""PSD."""

from PIL import Image
from PIL.ImageFile import ImageFile

from imgcmp.errors import UnreadableImageError
from imgcmp.images.formats import Format
from imgcmp.images.open_file import Content
from imgcmp.images.readers.once_decoded import inverted, once_decoded, opaque
from imgcmp.images.readers.psd_merged import Header, has_alpha, header_of, merged_place, open_merged
from imgcmp.images.readers.psd_rows import check_rows

# Modes, by their numbers, of which Pillow leaves the transparency; of RGB if more channels lie behind it.
_ALPHA_IS_LEFT = (1, 4, 8)  # grey, CMYK, duotone
_RGB, _MULTICHANNEL, _WITH_ALPHA = 3, 7, 4

_INDEXED, _PALETTE_BYTES = 2, 768


def open_psd(content: Content, _: Format) -> Image.Image:
    """Open a PSD or PSB."""
    header = header_of(content)
    if header.mode == _MULTICHANNEL:  # nothing says of which colours the inks are
        raise UnreadableImageError("a PSD of several inks (multichannel) is not read: make a PNG of it")
    if header.mode == _INDEXED and int.from_bytes(content.start[26:30], "big") != _PALETTE_BYTES:
        raise UnreadableImageError("damaged PSD: its palette is not there")
    check_rows(content, header, merged_place(content, header))
    if header.depth > 8 or header.version > 1 or (_is_alpha_left(header) and has_alpha(content, header)):
        return open_merged(content, header)
    content.file.seek(0)
    image = Image.open(content.file)
    _pass_all_lengths(image, header)
    if image.mode == "1":  # 1 is black
        return once_decoded(image, inverted)
    if image.mode == "RGBA" and not has_alpha(content, header):
        return once_decoded(image, opaque)
    return image


def _is_alpha_left(header: Header) -> bool:
    return header.mode in _ALPHA_IS_LEFT or (header.mode == _RGB and header.n_channels > _WITH_ALPHA)


def _pass_all_lengths(image: ImageFile, header: Header) -> None:
    """Let packed channels begin behind the lengths of all rows: Pillow passes those of the channels that it reads."""
    n_left = header.n_channels - len(image.tile)
    if n_left > 0 and image.tile[:1] and image.tile[0].codec_name == "packbits":
        more = n_left * header.height * 2
        image.tile = [tile._replace(offset=tile.offset + more) for tile in image.tile]
