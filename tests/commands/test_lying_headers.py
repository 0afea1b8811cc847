"""A header that asks for more memory than can be is not tried again; one that asks for more than is allowed is."""

import struct
import zlib

from animations import SIGNATURE
from pictures import png_chunk

from imgcmp.commands.console import Console
from imgcmp.commands.fingerprint import fingerprint
from imgcmp.commands.options import FingerprintOptions, ReadingOptions


def png(side):
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return (
        SIGNATURE + png_chunk(b"IHDR", header) + png_chunk(b"IDAT", zlib.compress(bytes(99))) + png_chunk(b"IEND", b"")
    )


def test_what_more_memory_would_cure_is_tried_again_and_a_lie_is_not(tmp_path, capsys):
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / "lie.png").write_bytes(png(2**22))
    (folder / "large.png").write_bytes(png(3000))

    def failures(**options):
        reading = ReadingOptions(max_memory=10**7)
        found = fingerprint(
            [str(folder)], FingerprintOptions(**options), reading=reading, workers=1, console=Console(quiet=True)
        )
        return {failure.path.rpartition("/")[2]: failure for failure in found.failures}, capsys.readouterr().err

    for options, tried in (({}, True), ({}, False), ({"retry": True}, True)):
        found, told = failures(**options)
        assert not found["lie.png"].is_passing
        assert found["lie.png"].reason == "damaged, or far too large: it would take 105.6 TB to decode"
        assert found["large.png"].is_passing
        assert "allow more with --max-memory" in told
        assert ("105.6 TB" in told) == tried
