"""A proxy between a page and its server, which can cut all connections."""

import socket
import struct
import threading
from contextlib import suppress
from typing import Final, Self
from urllib.parse import urlsplit

CHUNK: Final = 1 << 16
# Resets a connection at once (SO_LINGER, socket(7)).
RESET: Final = struct.pack("ii", 1, 0)


class Proxy:
    """Forwards connections to the server at an address, until it is cut."""

    def __init__(self, address: str) -> None:
        self._address = urlsplit(address)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._is_cut = False
        self._is_deaf = False

    @property
    def address(self) -> str:
        """The server's address with the port of the proxy."""
        port = self._listener.getsockname()[1]
        return self._address._replace(netloc=f"127.0.0.1:{port}").geturl()

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.cut()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def swallow(self) -> None:
        """Drop what the server sends from now on, without the server noticing."""
        self._is_deaf = True

    def cut(self) -> None:
        """Break all connections, and refuse new ones."""
        with self._lock:
            self._is_cut = True
            for connection in self._open:
                _break(connection)

    def restore(self) -> None:
        """Accept connections again."""
        with self._lock:
            self._is_cut = self._is_deaf = False

    def _accept(self) -> None:
        while True:
            try:
                page, _ = self._listener.accept()
            except OSError:  # closed
                return
            with self._lock:
                if self._is_cut:
                    page.close()
                    continue
                server = socket.create_connection(("127.0.0.1", self._address.port or 0))
                self._open |= {page, server}
            for ends in ((page, server, False), (server, page, True)):
                threading.Thread(target=self._pump, args=ends, daemon=True).start()

    def _pump(self, source: socket.socket, target: socket.socket, is_answer: bool) -> None:
        """Forward data until either end closes."""
        with suppress(OSError):
            while data := source.recv(CHUNK):
                if not (is_answer and self._is_deaf):
                    target.sendall(data)
        for connection in (source, target):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        with self._lock:
            self._open.discard(source)
            source.close()


def _break(connection: socket.socket) -> None:
    """Break a connection, whatever is in transit; the thread that reads from it closes it."""
    with suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        connection.shutdown(socket.SHUT_RDWR)
