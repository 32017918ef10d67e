"""What this host takes on: of one file, in one request, of one visitor and of all together; the one table of it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Say what this host takes on.

    One file. upload: its bytes, as Gradio's max_file_size. megapixels: of a photo, and of the largest octave. side: of
    a photo in pixels, since a row of millions costs seconds. scans: of a progressive JPEG; cameras write about ten, and
    each decodes the whole picture once more. decoding_seconds, decoding_memory: of the process that decodes one, and
    then ends; GB.

    One request. photos: in one upload. seconds: of the longest render, as the cost model expects it. memory: of the
    whole process during it, as the model expects it; GB.

    One visitor. kept: bytes of photos on the disk.

    All together. waiting: renders in the queue. decoders: photos that are decoded at once; opening: those that wait for
    it. kept_of_all: bytes of photos on the disk.

    networks: those that visitors may choose, None for all; one that is not here yet is downloaded when it is first
    chosen.
    """

    upload: str = "40mb"
    megapixels: float = 24.0
    side: int = 20_000
    scans: int = 100
    decoding_seconds: float = 10.0
    decoding_memory: float = 1.5
    photos: int = 20
    seconds: float = 900.0
    memory: float = 5.0
    kept: int = 300_000_000
    waiting: int = 24
    decoders: int = 2
    opening: int = 32
    kept_of_all: int = 2_000_000_000
    networks: tuple[str, ...] | None = None
