"""A line between a browser and the page that can be cut, as a lift or a tunnel does."""

import contextlib
import socket
import threading
from collections.abc import Iterator


class Line:
    """Carry bytes between a port of its own and another one, until it is cut; `mend` lets new ones through again."""

    def __init__(self, port: int) -> None:
        self.to = port
        self._server = socket.create_server(("127.0.0.1", 0))
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self.cut_off = False
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def port(self) -> int:
        """Return the port at which it takes connections."""
        return int(self._server.getsockname()[1])

    def cut(self) -> None:
        """End every connection, and take no new one."""
        self.cut_off = True
        with self._lock:
            ending, self._open = self._open, set()
        for each in ending:
            _end(each)

    def mend(self) -> None:
        """Take connections again."""
        self.cut_off = False

    def close(self) -> None:
        """End it for good."""
        self.cut()
        self._server.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._server.accept()
                far = None if self.cut_off else socket.create_connection(("127.0.0.1", self.to))
            except OSError:
                if self._server.fileno() < 0:
                    return
                _end(near)
                continue
            if far is None:
                _end(near)
                continue
            with self._lock:
                self._open |= {near, far}
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=self._carry, args=(one, other), daemon=True).start()

    def _carry(self, one: socket.socket, other: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := one.recv(65536):
                other.sendall(data)
        for each in (one, other):
            with self._lock:
                self._open.discard(each)
            _end(each)


def _end(each: socket.socket) -> None:
    with contextlib.suppress(OSError):
        each.shutdown(socket.SHUT_RDWR)
    each.close()


@contextlib.contextmanager
def line_to(port: int) -> Iterator[Line]:
    """Lay a line to a port of this machine."""
    line = Line(port)
    try:
        yield line
    finally:
        line.close()
