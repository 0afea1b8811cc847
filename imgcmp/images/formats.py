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
        Who opens it. Files that are refused are tried only if named; in folders those of a row with suffixes are told
        to be passed over.
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
    least, or bytes that are in no text. Where they are not, the suffix tells the format to `find_images`, or more than
    the first bytes: see `imgcmp.images.telling_headers`.
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
    *(".3fr", ".arw", ".cr2", ".dcr", ".dng", ".erf", ".fff", ".gpr", ".iiq", ".k25", ".kdc", ".mef"),
    *(".mos", ".nef", ".nrw", ".pef", ".raw", ".sr2", ".srf", ".srw"),
)

FORMATS = (
    # Pillow hands PostScript to Ghostscript: a program of its own, beyond any limit on time and memory.
    Format(
        "PostScript", Reader.REFUSED, (".ai", ".eps", ".epsf", ".epsi"), (rb"%!PS.{10,14}EPSF", rb"\xc5\xd0\xd3\xc6")
    ),
    Format("PostScript", Reader.REFUSED, (), (rb"%!PS",)),  # a document
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
    # Camera raw: Fujifilm, Olympus, Panasonic and Leica, Canon, old ones of Canon, Minolta, Sigma, and the many that
    # are TIFF. Olympus' four letters begin words, too; the place of its first directory, which comes next, is below
    # 2**24: a byte of it is 0.
    Format("camera raw", Reader.RAWPY, (".raf",), (rb"FUJIFILMCCD-RAW",)),
    Format("camera raw", Reader.RAWPY, (".orf",), (rb"IIR[OS].{3}\0", rb"MMOR\0")),
    Format("camera raw", Reader.RAWPY, (".rw2", ".rwl", ".raw"), (rb"IIU\0",)),
    Format("camera raw", Reader.RAWPY, (".cr3",), brands=(b"crx ",)),
    Format("camera raw", Reader.RAWPY, (".crw",), (rb"(?:II|MM).{4}HEAPCCDR",)),
    Format("camera raw", Reader.RAWPY, (".mrw",), (rb"\0MR[MI]",)),
    Format("camera raw", Reader.RAWPY, (".x3f",), (rb"FOVb.{2}[\x01-\x08]\0",)),
    Format("camera raw", Reader.RAWPY, (".cr2",), tuple(start + rb".{4}CR" for start in _TIFF)),
    Format("camera raw", Reader.RAWPY, _RAW_TIFF, _TIFF, suffix_decides=True),
    Format("TIFF", Reader.PILLOW, (".tif", ".tiff"), _TIFF + _BIG_TIFF),
    Format("PSD", Reader.PILLOW, (".psd", ".psb"), (rb"8BPS\0[\x01\x02]",)),
    Format("QOI", Reader.PILLOW, (".qoi",), (rb"qoif",)),
    # "BM" begins many a text; the length of the header behind it is one of seven, in four bytes.
    Format("BMP", Reader.PILLOW, (".bmp",), (rb"BM.{12}[\x0c\x28\x34\x38\x40\x6c\x7c]\0\0\0",)),
    Format("DDS", Reader.PILLOW, (".dds",), (rb"DDS \|\0\0\0",)),
    Format("ICNS", Reader.PILLOW, (".icns",), (rb"icns\0",)),
    Format("FITS", Reader.PILLOW, (".fits", ".fit", ".fts"), (rb"SIMPLE  =",)),
    Format(
        "SGI",
        Reader.PILLOW,
        (".sgi", ".rgb", ".rgba", ".bw"),
        (rb"\x01\xda[\0\x01][\x01\x02]\0[\x01\x02\x03]",),
    ),
    # "P7" alone is also the start of thumbnails of an old program.
    Format("PAM", Reader.PILLOW, (".pam",), (rb"P7\s*\n(?:#[^\n]*\n|\s)*[A-Z]+ ",)),
    Format("PFM", Reader.PILLOW, (".pfm",), (rb"P[fF]\n\d+ \d+\n-?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?\n",)),
    Format("Radiance HDR", Reader.PILLOW, (".hdr",), (rb"#\?RADIANCE\n", rb"#\?RGBE\n")),
    Format("Sun raster", Reader.PILLOW, (".ras", ".sun"), (rb"\x59\xa6\x6a\x95",)),
    Format("XPM", Reader.PILLOW, (".xpm",), (rb"/\* XPM \*/",)),
    Format("PIXAR", Reader.PILLOW, (".pxr",), (rb"\x80\xe8\0\0",)),
    Format("BLP", Reader.PILLOW, (".blp",), (rb"BLP[12][\0\x01]\0\0\0",)),
    Format("FTEX", Reader.PILLOW, (".ftc", ".ftu"), (rb"FTEX.{3}\0",)),
    Format("GIMP brush", Reader.PILLOW, (), (rb"\0\0\0.\0\0\0\x02.{12}GIMP",)),
    Format("DCX", Reader.PILLOW, (".dcx",), (rb"\xb1\x68\xde\x3a",)),
    # By suffix alone, or by more than the first bytes. "P5" and the like, and a newline, begin texts; 0 0 1 0 begins a
    # picture of MPEG films as well as an icon; and a DIB or a TGA starts with a number. Some suffixes are those of
    # other files more often: .msp, .vst and .gbr.
    Format("PNM", Reader.PILLOW, (".ppm", ".pgm", ".pbm", ".pnm")),
    Format("PCX", Reader.PILLOW, (".pcx",)),
    Format("ICO", Reader.PILLOW, (".ico", ".cur")),
    Format("DIB", Reader.PILLOW, (".dib",)),
    Format("TGA", Reader.PILLOW, (".tga", ".icb", ".vda")),
    Format("XBM", Reader.PILLOW, (".xbm",)),
    Format("FLI", Reader.PILLOW, (".fli", ".flc")),
    Format("IM", Reader.PILLOW, (".im",)),
    Format("Photo CD", Reader.PILLOW, (".pcd",)),
    # Not read. Each would need a library of its own.
    Format("OpenEXR", Reader.REFUSED, (".exr",), (rb"v/1\x01",)),
    Format("JPEG XR", Reader.REFUSED, (".jxr", ".wdp", ".hdp"), (rb"II\xbc[\0\x01]",)),
    Format("SVG", Reader.REFUSED, (".svg", ".svgz"), (rb"<svg[\s>]",)),
    Format("WMF", Reader.REFUSED, (".wmf", ".wmz"), (rb"\xd7\xcd\xc6\x9a",)),
    Format("EMF", Reader.REFUSED, (".emf", ".emz"), (rb"\x01\0\0\0.{36} EMF",)),
    Format("PICT", Reader.REFUSED, (".pct", ".pict")),
    Format("CorelDRAW", Reader.REFUSED, (".cdr",), (rb"RIFF.{4}CDR[\x20-\x7e]",)),
    Format("GIMP picture", Reader.REFUSED, (".xcf",), (rb"gimp xcf ",)),
    Format("Krita picture", Reader.REFUSED, (".kra",)),
    Format("OpenRaster", Reader.REFUSED, (".ora",)),
    Format("DjVu", Reader.REFUSED, (".djvu", ".djv"), (rb"AT&TFORM.{4}DJV[MU]",)),
    Format("BPG", Reader.REFUSED, (".bpg",), (rb"BPG\xfb",)),
    Format("MNG", Reader.REFUSED, (".mng", ".jng"), (rb"\x8aMNG\r\n\x1a\n", rb"\x8bJNG\r\n\x1a\n")),
    Format("DPX", Reader.REFUSED, (".dpx", ".cin"), (rb"SDPX.{4}V\d", rb"XPDS.{4}V\d", rb"\x80\x2a\x5f\xd7")),
    Format("ILBM", Reader.REFUSED, (".lbm", ".ilbm", ".iff"), (rb"FORM.{4}(?:ILBM|PBM )",)),
)
