"""The table of file formats: what each is called, its suffixes, its first bytes, and which package reads it.

To add a format, add a row; `imgcmp.images.file_type` tells files by it, `imgcmp.images.decoders` opens them by it. The
first row that fits counts.
"""

from enum import Enum
from typing import NamedTuple


class Reader(Enum):
    """The package that opens a format, by the module to import; all but Pillow's come with the extra `formats`."""

    PILLOW = "PIL.Image"
    PILLOW_HEIF = "pillow_heif"
    PILLOW_JXL = "pillow_jxl.JpegXLImagePlugin"
    RAWPY = "rawpy"
    REFUSED = ""


class Format(NamedTuple):
    """A row of the table.

    Attributes
    ----------
    name : str
        As people know it.
    reader : Reader
        Who opens it. Files that are refused are not looked for in folders, and tried only if named.
    suffixes : tuple of str
        In lower case, with the dot.
    starts : tuple of bytes
        Regular expressions for its first bytes, any of which tells it; "." stands for any byte.
    brands : tuple of bytes
        Brands of an ISO base media file (ISO/IEC 14496-12, "ftyp"), any of which tells it.
    suffix_decides : bool
        Whether other formats start like this one, so that it takes one of the suffixes, too.

    Notes
    -----
    In a folder, first bytes alone make an image of a file of any name. So they must be long enough: four bytes at
    least, or bytes that are in no text. Where they are not, the suffix alone tells the format to `find_images`.
    """

    name: str
    reader: Reader
    suffixes: tuple[str, ...]
    starts: tuple[bytes, ...] = ()
    brands: tuple[bytes, ...] = ()
    suffix_decides: bool = False


_BOX = rb"\0\0\0\x0c%s\r\n\x87\n"  # the signature of a container, of JPEG 2000 and later ones
_TIFF, _BIG_TIFF = (rb"II\*\0", rb"MM\0\*"), (rb"II\+\0", rb"MM\0\+")

# Raw files that are TIFF files inside: only their names tell them from others, whose first picture is the whole one.
_RAW_TIFF = (
    *(".arw", ".cr2", ".dng", ".erf", ".iiq", ".kdc", ".mef"),
    *(".mos", ".nef", ".nrw", ".pef", ".sr2", ".srf", ".srw"),
)

FORMATS = (
    # Pillow hands PostScript to Ghostscript: a program of its own, beyond any limit on time and memory.
    Format("PostScript", Reader.REFUSED, (), (rb"%!PS", rb"\xc5\xd0\xd3\xc6")),
    Format("JPEG", Reader.PILLOW, (".jpg", ".jpeg", ".jpe", ".jfif", ".mpo"), (rb"\xff\xd8\xff",)),
    Format("PNG", Reader.PILLOW, (".png", ".apng"), (rb"\x89PNG\r\n\x1a\n",)),
    Format("GIF", Reader.PILLOW, (".gif",), (rb"GIF87a", rb"GIF89a")),
    Format("WebP", Reader.PILLOW, (".webp",), (rb"RIFF.{4}WEBP",)),
    # AVIF before HEIC: files of both name mif1, the brand of any picture in such a file.
    Format("AVIF", Reader.PILLOW, (".avif", ".avifs"), brands=(b"avif", b"avis")),
    Format(
        "HEIC",
        Reader.PILLOW_HEIF,
        (".heic", ".heif", ".hif"),
        brands=(b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"hevm", b"hevs", b"mif1", b"msf1"),
    ),
    Format("JPEG XL", Reader.PILLOW_JXL, (".jxl",), (_BOX % b"JXL ", rb"\xff\x0a")),
    Format("JPEG 2000", Reader.PILLOW, (".jp2", ".j2k", ".jpf", ".jpx"), (_BOX % b"jP  ", rb"\xff\x4f\xff\x51")),
    # Camera raw: Fujifilm, Olympus, Panasonic, Canon, and the many that are TIFF. Olympus' four letters begin words,
    # too; the place of its first directory, which comes next, is below 2**24: a byte of it is 0.
    Format("camera raw", Reader.RAWPY, (".raf",), (rb"FUJIFILMCCD-RAW",)),
    Format("camera raw", Reader.RAWPY, (".orf",), (rb"IIR[OS].{3}\0", rb"MMOR\0")),
    Format("camera raw", Reader.RAWPY, (".rw2",), (rb"IIU\0",)),
    Format("camera raw", Reader.RAWPY, (".cr3",), brands=(b"crx ",)),
    Format("camera raw", Reader.RAWPY, (".cr2",), tuple(start + rb".{4}CR" for start in _TIFF)),
    Format("camera raw", Reader.RAWPY, _RAW_TIFF, _TIFF, suffix_decides=True),
    Format("TIFF", Reader.PILLOW, (".tif", ".tiff"), _TIFF + _BIG_TIFF),
    Format("PSD", Reader.PILLOW, (".psd",), (rb"8BPS\0\x01",)),
    Format("QOI", Reader.PILLOW, (".qoi",), (rb"qoif",)),
    # "BM" begins many a text; the length of the header behind it is one of seven, in four bytes.
    Format("BMP", Reader.PILLOW, (".bmp",), (rb"BM.{12}[\x0c\x28\x34\x38\x40\x6c\x7c]\0\0\0",)),
    Format("DDS", Reader.PILLOW, (".dds",), (rb"DDS \|\0\0\0",)),
    Format("ICNS", Reader.PILLOW, (".icns",), (rb"icns\0",)),
    Format("FITS", Reader.PILLOW, (".fits", ".fit", ".fts"), (rb"SIMPLE  =",)),
    Format("SGI", Reader.PILLOW, (".sgi", ".rgb"), (rb"\x01\xda[\0\x01][\x01\x02]\0[\x01\x02\x03]",)),
    # By suffix alone. "P5" and the like, and a newline, begin texts; 0 0 1 0 begins a picture of MPEG films as well as
    # an icon; and a DIB or a TGA starts with a number.
    Format("PNM", Reader.PILLOW, (".ppm", ".pgm", ".pbm", ".pnm", ".pfm")),
    Format("PCX", Reader.PILLOW, (".pcx",)),
    Format("ICO", Reader.PILLOW, (".ico",)),
    Format("DIB", Reader.PILLOW, (".dib",)),
    Format("TGA", Reader.PILLOW, (".tga",)),
)
