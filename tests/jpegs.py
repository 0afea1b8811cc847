"""JPEGs made byte by byte: progressive ones of plain blocks in any order of scans, and segments of any kind."""

import struct

import numpy as np

SOI, EOI = b"\xff\xd8", b"\xff\xd9"
N_CATEGORIES = 12
QUANTIZERS = 0xDB


def segment(marker, payload, *, length=None):
    """Return a segment; its length, which may be a lie, counts itself."""
    return bytes([0xFF, marker]) + struct.pack(">H", 2 + len(payload) if length is None else length) + payload


def quantizers(step):
    return segment(QUANTIZERS, bytes([0, step]) + b"\1" * 63)


def frame(marker, height, width, samplings, bits=8):
    components = b"".join(bytes([number, sampling, 0]) for number, sampling in enumerate(samplings, 1))
    return segment(marker, struct.pack(">BHHB", bits, height, width, len(samplings)) + components)


def scan(names, first, last, before, after, bits):
    """Return a scan, its header and its data: a str of 0 and 1; a list of them is one for each restart interval."""
    selectors = b"".join(bytes([name, 0]) for name in names)
    header = segment(0xDA, bytes([len(names)]) + selectors + bytes([first, last, before << 4 | after]))
    parts = [bits] if isinstance(bits, str) else bits
    data = b""
    for number, part in enumerate(parts):
        padded = part + "1" * (-len(part) % 8)
        whole = bytes(int(padded[at : at + 8], 2) for at in range(0, len(padded), 8))
        restart = bytes([0xFF, 0xD0 + number % 8]) if number + 1 < len(parts) else b""
        data += whole.replace(b"\xff", b"\xff\0") + restart
    return header + data


class PlainBlocks:
    """A progressive JPEG of blocks that are plain, of which the means are all.

    Parameters
    ----------
    means : list of ndarray of int
        Of each component, in steps from the middle grey, a number a block; some may have twice as many each way.
    step : int
        Between means, in eighths of a grey.
    """

    def __init__(self, means, step, *, marker=0xC2, interval=0):
        self.means, self.interval = means, interval
        heights = [len(plane) for plane in means]
        samplings = [0x11 * (height // min(heights)) for height in heights]
        height, width = max(plane.shape for plane in means)
        dc = segment(0xC4, b"\0" + bytes([0, 0, 0, N_CATEGORIES]) + bytes(12) + bytes(range(N_CATEGORIES)))
        ac = segment(0xC4, b"\x10" + b"\1" + bytes(15) + b"\0")  # of one symbol: the block has no more
        restarts = segment(0xDD, struct.pack(">H", interval)) if interval else b""
        self.header = SOI + quantizers(step) + frame(marker, 8 * height, 8 * width, samplings) + dc + ac + restarts

    def of_means(self, names, before, after):
        """Return a scan of means: all but their last `after` bits, or only the bit behind those that are left out."""
        chunks, last = [], dict.fromkeys(names, 0)
        for number, unit in enumerate(self._units(names)):
            if self.interval and number % self.interval == 0:
                chunks.append("")
                last = dict.fromkeys(names, 0)
            elif not chunks:
                chunks.append("")
            for name, mean in unit:
                value = int(mean) >> after
                chunks[-1] += str(value & 1) if before else _difference(value - last[name])
                last[name] = value
        return scan(names, 0, 0, before, after, chunks)

    def of_details(self, name):
        """Return a scan of all that is not the mean: nothing."""
        n_blocks = self.means[name - 1].size
        n_parts = -(-n_blocks // (self.interval or n_blocks))
        whole = self.interval or n_blocks
        return scan([name], 1, 63, 0, 0, ["0" * min(whole, n_blocks - part * whole) for part in range(n_parts)])

    def file(self, *scans, end=EOI):
        return self.header + b"".join(scans) + end

    def _units(self, names):
        """Yield the (name, mean)s that are coded one after another: a block, or those of all components at a place."""
        planes = {name: self.means[name - 1] for name in names}
        if len(names) == 1:
            ((name, plane),) = planes.items()
            yield from ([(name, mean)] for mean in plane.ravel())
            return
        height, width = min(plane.shape for plane in planes.values())
        for row, column in np.ndindex(height, width):
            unit = []
            for name, plane in planes.items():
                n = plane.shape[0] // height
                unit += [(name, mean) for mean in plane[row * n : row * n + n, column * n : column * n + n].ravel()]
            yield unit


def _difference(number):
    """Return the code of a difference: how many bits it has, and the bits."""
    size = abs(number).bit_length()
    bits = number if number >= 0 else number + 2**size - 1
    return f"{size:04b}" + (f"{bits:0{size}b}" if size else "")


def split(jpeg):
    """Return the segments of a JPEG up to its first scan, as (marker, bytes), and what follows."""
    segments, place = [], 2
    while not segments or segments[-1][0] != 0xDA:
        end = place + 2 + int.from_bytes(jpeg[place + 2 : place + 4], "big")
        segments.append((jpeg[place + 1], jpeg[place:end]))
        place = end
    return segments, jpeg[place:]
