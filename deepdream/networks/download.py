"""Fetch one file over HTTP: checked by its hash, put in place at once, tried again where it breaks off.

A broken download goes on where it stopped if the server can do that. Nothing is left behind but the finished, checked
file.
"""

import hashlib
import http.client
import io
import logging
import os
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from deepdream.errors import DownloadError, NetworkError
from deepdream.replacing import replacing

Progress = Callable[[int, int], None]  # (bytes so far, bytes in all; 0 where that is unknown)

_log = logging.getLogger(__name__)
_CHUNK = 1 << 18  # bytes between two calls of progress
File = io.BufferedReader | io.BufferedRandom
_SCHEMES = ("http://", "https://")


@dataclass(frozen=True)
class Patience:
    """Say how long a download may take, in seconds, and how often it is tried.

    `silence` is the longest wait for a byte, `in_all` the longest for the file, `pause` the wait before the second try,
    doubled before each further one.
    """

    silence: float = 20.0
    in_all: float = 3600.0
    tries: int = 4
    pause: float = 1.0


def fetch(
    url: str, path: Path, *, digest: str | None, progress: Progress | None = None, patience: Patience | None = None
) -> Path:
    """Return `path`, downloaded from `url` unless it is there already with the right hash.

    `digest` is an MD5 or SHA-256 in hexadecimal digits, told apart by length; None only where no hash was ever
    published. Errors of `progress` end the download and are passed on, so that a caller can stop it.

    Raises:
        DownloadError: the file cannot be had or is not the expected one.
    """
    if path.is_file() and (digest is None or hash_file(path, digest) == digest):
        return path
    if not url.startswith(_SCHEMES):
        raise DownloadError(f'cannot download "{url}": the address must begin with http:// or https://.')
    limits = patience if patience is not None else Patience()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as part, open(part, "w+b") as stream:
            _try_repeatedly(url, stream, digest, progress, limits)
    except OSError as error:
        raise DownloadError(f"cannot write {path}: {error.strerror or error}.") from error
    return path


def hash_file(path: Path, like: str) -> str:
    """Return the hash of a file in hexadecimal digits: MD5 if `like` has 32 digits, else SHA-256."""
    with path.open("rb") as stream:
        return _hash(stream, like)


def _hash(stream: File, like: str) -> str:
    stream.seek(0)
    return hashlib.file_digest(stream, "md5" if len(like) == 32 else "sha256").hexdigest()


def _try_repeatedly(url: str, stream: File, digest: str | None, progress: Progress | None, limits: Patience) -> None:
    deadline = time.monotonic() + limits.in_all
    reason = ""
    for attempt in range(limits.tries):
        if attempt:
            time.sleep(limits.pause * 2 ** (attempt - 1))
            _log.info("Downloading %s again: %s", url, reason)
        try:
            _receive(url, stream, progress, limits.silence, deadline)
        except _GivenUpError as error:
            reason = str(error)
            break
        except (OSError, http.client.HTTPException) as error:
            reason = _worded(error)
            continue
        received = _hash(stream, digest) if digest is not None else None
        if received == digest:
            return
        reason = f"its hash is {received}, not {digest}"
        stream.truncate(0)
    raise DownloadError(
        f"could not download {url}: {reason}. Check the connection or try later; the compact network needs no download "
        "(--network compact)."
    )


class _GivenUpError(Exception):
    """Report what another try would not mend."""


def _receive(url: str, stream: File, progress: Progress | None, silence: float, deadline: float) -> None:
    """Append what the file lacks to `stream`, from the start where the server cannot go on."""
    done = stream.seek(0, os.SEEK_END)
    request = urllib.request.Request(url, headers={"User-Agent": "deepdream"})
    if done:
        request.add_header("Range", f"bytes={done}-")
    try:
        response = urllib.request.urlopen(request, timeout=silence)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == 416:  # the part is as long as the file, or longer: not what we want
            stream.truncate(0)
            raise OSError("the server has no such range") from error
        if error.code < 500 and error.code not in (408, 425, 429):
            raise _GivenUpError(f"the server answers {error.code} {error.reason}") from error
        raise
    with response:
        if response.status != 206:
            done = 0
            stream.seek(0)
            stream.truncate()
        length = response.headers.get("Content-Length")
        total = done + int(length) if length is not None and length.isdigit() else 0
        while chunk := response.read1(_CHUNK):
            stream.write(chunk)
            done += len(chunk)
            if progress is not None:
                progress(done, total)
            if time.monotonic() > deadline:
                raise _GivenUpError(f"it took too long; {done} of {total or 'unknown'} bytes came")
    stream.flush()
    if total and done < total:
        raise OSError(f"the connection broke off after {done} of {total} bytes")


def _worded(error: Exception) -> str:
    if isinstance(error, urllib.error.HTTPError):
        return f"the server answers {error.code} {error.reason}"
    reason = getattr(error, "reason", error)
    if isinstance(reason, TimeoutError):
        return "no answer in time"
    return str(reason) or type(error).__name__


def keras_home() -> Path:
    """Return the folder in which Keras keeps what it downloaded, without importing Keras."""
    return Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras")


def cache_home() -> Path:
    """Return this program's folder for what can be made or fetched again, by the XDG rules: no relative path counts."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(base) if os.path.isabs(base) else Path.home() / ".cache") / "deepdream"


def own_file(weights: str, instead: str) -> Path:
    """Return the path of a weights file that a user named.

    Raises:
        NetworkError: there is no such file; the message offers `instead`.
    """
    path = Path(weights).expanduser()
    if not path.is_file():
        raise NetworkError(f'weights "{weights}" are not a file; give {instead}.')
    return path
