"""LZW as its simplest valid stream: every byte by itself, and the table cleared before codes get longer."""


def tiff_lzw(data):
    """Return bytes as TIFF's LZW, whose codes begin with their highest bit."""
    return _packed(_codes(data, 8), 9, highest_first=True)


def gif_lzw(indices, code_bits=8):
    """Return indices as GIF's LZW, whose codes begin with their lowest bit, in its blocks."""
    packed = _packed(_codes(indices, code_bits), code_bits + 1, highest_first=False)
    blocks = [packed[start : start + 255] for start in range(0, len(packed), 255)]
    return bytes([code_bits]) + b"".join(bytes([len(block)]) + block for block in blocks) + b"\0"


def _codes(data, code_bits):
    """Return the codes: before the table is so full that they take another bit, it is cleared."""
    clear, end = 1 << code_bits, (1 << code_bits) + 1
    codes, step = [], max(1, clear - 4)
    for start in range(0, len(data), step):
        codes += [clear, *data[start : start + step]]
    return [*codes, end]


def _packed(codes, width, *, highest_first):
    if highest_first:
        bits = "".join(f"{code:0{width}b}" for code in codes)
        bits += "0" * (-len(bits) % 8)
        return int(bits, 2).to_bytes(len(bits) // 8, "big")
    bits = "".join(f"{code:0{width}b}" for code in reversed(codes))
    return int(bits, 2).to_bytes((len(bits) + 7) // 8, "little")
