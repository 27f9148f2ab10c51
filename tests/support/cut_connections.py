"""A way to a server that ends a connection in the middle of something, once."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from urllib.parse import urlsplit


class CutConnections:
    """Passes bytes on; at the n-th time that a client says something, the connection ends.

    Args:
        url: Of the server.
        words: What the client says, such as ``COMMIT;``.
    """

    def __init__(self, url: str, words: bytes) -> None:
        found = urlsplit(url)
        self._server, self._words = (str(found.hostname), found.port), words
        self._listener = socket.create_server(("127.0.0.1", 0))
        own = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self.url = url.replace(f"{found.hostname}:{found.port}", own)
        self._left = 0
        self._answered = False
        self.cuts = 0
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self, *, at: int, answered: bool) -> None:
        """Cut once, at the so-manieth time: after the server did it, or before it was told."""
        self._left, self._answered, self.cuts = at, answered, 0

    def close(self) -> None:
        """End everything."""
        self._listener.close()
        for each in self._open:
            each.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection(self._server)
            self._open += [client, server]
            threading.Thread(target=self._tell, args=(client, server), daemon=True).start()
            threading.Thread(target=self._answer, args=(client, server), daemon=True).start()

    def _tell(self, client: socket.socket, server: socket.socket) -> None:
        try:
            while said := client.recv(1 << 16):
                if self._words in said and self._left:
                    self._left -= 1
                    if not self._left:
                        self.cuts += 1
                        if self._answered:
                            client.shutdown(socket.SHUT_RD)
                            self._cut_after(client, server, said)
                        else:
                            _end(client, server)
                        return
                server.sendall(said)
        except OSError:
            pass
        _end(client, server)

    def _cut_after(self, client: socket.socket, server: socket.socket, said: bytes) -> None:
        """Let the server do it, and tell nobody."""
        client.close()
        server.sendall(said)
        server.settimeout(2)
        with suppress(OSError):
            server.recv(1 << 16)
        server.close()

    def _answer(self, client: socket.socket, server: socket.socket) -> None:
        try:
            while said := server.recv(1 << 16):
                client.sendall(said)
        except OSError:
            pass
        _end(client, server)


def _end(*connections: socket.socket) -> None:
    for each in connections:
        with suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)
        each.close()
