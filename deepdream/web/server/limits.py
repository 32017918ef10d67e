"""What this host takes on: of one file, in one request, of one visitor and of all together; the one table of it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Say what this host takes on.

    One file. upload: its bytes, as Gradio's max_file_size. megapixels: of a photo, and of the largest octave. side: of
    a photo in pixels, since a row of millions costs seconds. scans: of a progressive JPEG; cameras write about ten, and
    each decodes the whole picture once more. decoding_seconds, decoding_memory: of the process that decodes one, and
    then ends; GB.

    One request. request: its bytes; upload_request: those of an upload of several files. silence: seconds without a
    byte after which it ends; upload_seconds: after which it ends in any case. photos: in one upload. seconds: of the
    longest render, as the cost model expects it. memory: of the whole process during it, as the model expects it; GB.

    One visitor. kept: bytes of photos on the disk. remembered: seconds after the last sign of life of a page;
    remembered_program: of a program. unfollowed: seconds for which a program's render goes on after its stream ended;
    away: a page's, where others wait. wall: seconds after which any render is stopped and kept.

    One caller, that is, one address. uploads_a_caller: under way at once. waiting_a_caller: renders in the queue.
    visitors_a_caller: remembered.

    All together. waiting: renders in the queue. decoders: photos that are decoded at once; opening: those that wait for
    it. kept_of_all: bytes of photos on the disk; disk: bytes of all files; disk_free: bytes that are left free.
    uploads: under way at once. visitors: remembered.

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
    request: int = 2_000_000
    upload_request: int = 240_000_000
    silence: float = 30.0
    upload_seconds: float = 900.0
    seconds: float = 900.0
    memory: float = 5.0
    kept: int = 300_000_000
    remembered: float = 900.0
    remembered_program: float = 120.0
    unfollowed: float = 20.0
    away: float = 90.0
    wall: float = 1800.0
    uploads_a_caller: int = 18
    waiting_a_caller: int = 12
    visitors_a_caller: int = 60
    waiting: int = 24
    decoders: int = 2
    opening: int = 32
    kept_of_all: int = 2_000_000_000
    disk: int = 8_000_000_000
    disk_free: int = 500_000_000
    uploads: int = 36
    visitors: int = 300
    networks: tuple[str, ...] | None = None
