"""Small files that cost a decoder much: made here, byte by byte, and harmless on the disk."""

import functools
import io
import struct
import zlib
from collections.abc import Iterator

from PIL import Image


@functools.cache
def png(width: int, height: int, *, depth: int = 8, color: int = 0) -> bytes:
    """Return a black PNG; `color` as in the format: 0 is gray, 2 RGB, 6 RGBA. A thousandth of what it unpacks to."""
    channels = {0: 1, 2: 3, 6: 4}[color]
    row = bytes(1 + width * channels * depth // 8)
    packer, parts = zlib.compressobj(9), []
    rows_at_once = max(1, 2**22 // len(row))
    for top in range(0, height, rows_at_once):
        parts.append(packer.compress(row * min(rows_at_once, height - top)))
    data = b"".join([*parts, packer.flush()])
    header = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunks([(b"IHDR", header), (b"IDAT", data), (b"IEND", b"")]))


def _chunks(chunks: list[tuple[bytes, bytes]]) -> Iterator[bytes]:
    for name, data in chunks:
        yield struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


@functools.cache
def progressive_jpeg(side: int, scans: int) -> bytes:
    """Return a gray progressive JPEG whose last scan is there again and again."""
    file = io.BytesIO()
    Image.new("L", (side, side), 99).save(file, "JPEG", progressive=True)
    data = file.getvalue()
    assert data.endswith(b"\xff\xd9")
    last = data[data.rindex(b"\xff\xda") : -2]
    return data[:-2] + last * (scans - data.count(b"\xff\xda")) + b"\xff\xd9"


@functools.cache
def rle_bmp(width: int, height: int) -> bytes:
    """Return a BMP whose run lengths are all one pixel."""
    data = (b"\x01\x05" * width + b"\0\0") * height + b"\0\1"
    palette = bytes(range(256)) * 4
    start = 14 + 40 + len(palette)
    header = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 8, 1, len(data), 0, 0, 256, 0)
    return struct.pack("<2sIHHI", b"BM", start + len(data), 0, 0, start) + header + palette + data
