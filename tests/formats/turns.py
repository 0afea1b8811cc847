"""Pictures that lie turned in their files, and the EXIF that says so."""

import struct

import numpy as np

TURN = {
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.swapaxes(0, 1),
    6: lambda a: np.rot90(a),
    7: lambda a: a[::-1, ::-1].swapaxes(0, 1),
    8: lambda a: np.rot90(a, -1),
}
"""What brings a picture into the position from which each orientation turns it upright."""

_SHORT = 3


def exif(orientation, *, kind=_SHORT, order="<"):
    """Return a block of EXIF that says an orientation, without what comes before it in a JPEG."""
    mark = b"II" if order == "<" else b"MM"
    value = struct.pack(order + ("H2x" if kind == _SHORT else "B3x"), orientation)
    entry = struct.pack(order + "HHL", 0x0112, kind, 1) + value
    return mark + struct.pack(order + "HLH", 42, 8, 1) + entry + bytes(4)


def xmp(orientation):
    """Return a packet of XMP that says an orientation."""
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:tiff="http://ns.adobe.com/tiff/1.0/" '
        f'tiff:Orientation="{orientation}"/></rdf:RDF></x:xmpmeta>'
    ).encode()
