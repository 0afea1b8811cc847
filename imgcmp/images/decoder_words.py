"""What decoders say of a file that they can't read, in words that say something to people.

A dozen libraries have words of their own, many of them those of programs: a type, a function, a number. Here they are
sorted by what became of the file; words that are left say more than that, and are ordinary ones.
"""

import re
import struct

_UNSUPPORTED = "of a kind that is not supported"
_DAMAGED = "damaged: its data cannot be decoded"
_CUT_OFF = "cut off: its data ends before the picture does"
_EITHER = "damaged or cut off: its data cannot be decoded"
_ANY = "damaged, or of a kind that is not supported"

# By what a decoder's words hold. The first that fits counts. Words for a kind that isn't supported are kept, as they
# tell which.
_KINDS = (
    (r"security limit", "damaged, or larger than its decoder allows"),
    (r"cannot identify|not an? .{1,30} (file|image)\b|file-type|file format", "not an image, or " + _UNSUPPORTED),
    (r"palette size", _DAMAGED),  # which Pillow calls unsupported
    (r"unsupport|not (yet )?support|unimplement|not (yet )?implement|not built|not available", _UNSUPPORTED),
    (r"no (decoder|codec)\b|cannot handle|unknown (?!error)", _UNSUPPORTED),
    (r"corrupted data or unexpected|input/output|i/o error|failed to read", _EITHER),
    (r"truncat|unexpected e(nd|of)|end of (file|data|stream)|\beof\b|premature|incomplete|completely", _CUT_OFF),
    (r"not? enough (image )?(data|bytes)|too (small|short)|insufficient|outside of file|only got|no data", _CUT_OFF),
    (r"buffer (is )?(not large enough|smaller)|need(s|ed)? more", _CUT_OFF),
    (r"broken|corrupt|malform|invalid|illegal|\bbad\b|error|fail|overrun|unrecogni[sz]ed|could ?n[o']t", _DAMAGED),
    (r"can ?not|can't|outside|negative|missing|wrong|mismatch|inconsistent|out of range|exceed", _DAMAGED),
)
_SORTED = tuple((re.compile(words), plain) for words, plain in _KINDS)

# Of Python, when a decoder meets what it wasn't written for: their words tell about the decoder, not about the file.
_OF_PROGRAMS = (
    struct.error,
    LookupError,
    TypeError,
    AttributeError,
    AssertionError,
    ArithmeticError,
    UnicodeError,
    RecursionError,
    BufferError,
)

# What is said twice in "of a kind that is not supported (Unsupported compression (17))".
_WHAT = re.compile(r"(?:unsupported|unimplemented|cannot handle) ", re.IGNORECASE)
_NO_BRACKETS = str.maketrans("", "", "()")

_PLAIN_ALREADY = re.compile(r"damaged|cut off|.* is not read\b")

_ORDINARY = re.compile(r"[A-Za-z][A-Za-z0-9 ,.:()*/+-]{3,90}")
_JARGON = re.compile(
    r"\b(?:assert\w*|array\w*|argument|attribute|bit(?:count|fields?)|buffer|bytes?|codec|debug|decod\w+|dict|driver|exception|fail\w*|implement\w*|index"
    r"|int|iterable|layout|literal|list|memory|mode|module|None\w*|object|pointer|raw|seek|source|str|tile|token|tuple|type"
    r"|unpack|values?|variable|\w+Error|0x\w+)\b|\(\)",
    re.IGNORECASE,
)


def in_plain_words(error: BaseException) -> str:
    """Say what an error of a decoder means for the file: it is damaged, cut off, or of a kind that isn't supported.

    Parameters
    ----------
    error : BaseException
        Anything that a decoder raised, other than what says that the file is out of reach or memory short.

    Returns
    -------
    reason : str
        In one line, without a word of programs.
    """
    if isinstance(error, NotImplementedError):
        return _UNSUPPORTED
    if isinstance(error, EOFError):
        return _CUT_OFF
    if isinstance(error, _OF_PROGRAMS):
        return _ANY
    said = _said(error)
    if _PLAIN_ALREADY.match(said):
        return said
    lower = said.lower()
    plain = next((plain for words, plain in _SORTED if words.search(lower)), _ANY)
    is_worth_it = plain in (_UNSUPPORTED, _ANY) and _ORDINARY.fullmatch(said) and not _JARGON.search(said)
    return f"{plain} ({_WHAT.sub('', said).translate(_NO_BRACKETS)})" if is_worth_it else plain


def _said(error: BaseException) -> str:
    """Return a decoder's words: some are bytes."""
    words = error.args[0] if len(error.args) == 1 and isinstance(error.args[0], bytes) else str(error)
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return " ".join(text.split()).strip(" .")
