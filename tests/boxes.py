"""ISO base media files, AVIF and HEIC, with more properties of their picture than their writers give them."""

import struct


def box(kind, data):
    return struct.pack(">I4s", 8 + len(data), kind) + data


def clap(width, height, left, top, size, denominator=1):
    """Return a clean aperture: what is left of a picture of a size."""
    right = 2 * left + width - size[0]  # twice the distance of its middle from that of the picture
    below = 2 * top + height - size[1]
    sides = struct.pack(">IIII", width * denominator, denominator, height * denominator, denominator)
    return b"clap", sides + struct.pack(">iIiI", right, 2, below, 2)


def irot(turns):
    """Return a turn by so many times 90 degrees, anti-clockwise."""
    return b"irot", bytes([turns])


def imir(axis):
    """Return a mirror: of top and bottom (0), or of left and right (1)."""
    return b"imir", bytes([axis])


def with_properties(whole, properties, *, without=()):
    """Return a file whose pictures, its alpha too, have these essential properties, (kind, data), after their own."""
    tops = split(whole)
    (meta,) = [data for kind, data in tops if kind == b"meta"]
    inner = split(meta[4:])
    changed = [(kind, _with(data, properties, without) if kind == b"iprp" else data) for kind, data in inner]
    start = whole.index(b"meta") + 4
    more = sum(len(data) for _, data in changed) - sum(len(data) for _, data in inner)
    changed = [(kind, _moved(data, start + len(meta), more) if kind == b"iloc" else data) for kind, data in changed]
    new = meta[:4] + b"".join(box(*part) for part in changed)
    return b"".join(box(kind, new if kind == b"meta" else data) for kind, data in tops)


def with_film_property(whole, found):
    """Return a file of one track whose pictures have this property, (kind, data)."""
    new = box(*found)
    whole, at = bytearray(whole), 0
    for kind in (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd", b"av01"):
        at = whole.index(kind, at)
        struct.pack_into(">I", whole, at - 4, struct.unpack_from(">I", whole, at - 4)[0] + len(new))
    end = at - 4 + struct.unpack_from(">I", whole, at - 4)[0] - len(new)
    at = whole.index(b"stco")
    for place in range(at + 12, at + 12 + 4 * struct.unpack_from(">I", whole, at + 8)[0], 4):
        struct.pack_into(">I", whole, place, struct.unpack_from(">I", whole, place)[0] + len(new))
    whole[end:end] = new
    return bytes(whole)


def split(data):
    """Return the boxes in some data."""
    found, at = [], 0
    while at < len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        end = at + length if length else len(data)
        found.append((kind, data[at + 8 : end]))
        at = end
    return found


def _with(iprp, properties, without):
    (ipco,), (ipma,) = ([data for kind, data in split(iprp) if kind == name] for name in (b"ipco", b"ipma"))
    own = split(ipco)
    assert ipma[:4] == bytes(4)  # numbers of items in two bytes, places of properties in one
    at, entries = 8, b""
    for _ in range(int.from_bytes(ipma[4:8], "big")):
        number, count = struct.unpack_from(">HB", ipma, at)
        places = list(ipma[at + 3 : at + 3 + count])
        at += 3 + count
        places = [place for place in places if own[(place & 0x7F) - 1][0] not in without]
        places += [0x80 | (len(own) + 1 + k) for k in range(len(properties))]
        entries += struct.pack(">HB", number, len(places)) + bytes(places)
    return box(b"ipco", ipco + b"".join(box(*found) for found in properties)) + box(b"ipma", ipma[:8] + entries)


def _moved(iloc, end, more):
    """Return places of data that lie that much later, where they were behind the end of what grew."""
    iloc = bytearray(iloc)
    version = iloc[0]
    sizes = [iloc[4] >> 4, iloc[4] & 15, iloc[5] >> 4, iloc[5] & 15 if version else 0]  # of offset, length, base, index
    at = 8
    for _ in range(int.from_bytes(iloc[6:8], "big")):
        method = iloc[at + 3] & 15 if version else 0
        at += 6 if version else 4
        base = int.from_bytes(iloc[at : at + sizes[2]], "big")
        if method == 0 and base >= end:
            iloc[at : at + sizes[2]] = (base + more).to_bytes(sizes[2], "big")
        at += sizes[2]
        count, at = int.from_bytes(iloc[at : at + 2], "big"), at + 2
        for _ in range(count):
            at += sizes[3]
            place = int.from_bytes(iloc[at : at + sizes[0]], "big")
            if method == 0 and not base and place >= end:
                iloc[at : at + sizes[0]] = (place + more).to_bytes(sizes[0], "big")
            at += sizes[0] + sizes[1]
    return bytes(iloc)
