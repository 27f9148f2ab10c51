"""A client over a chain that all tests share: its files are closed, and not the chain."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from salus import Salus


@contextmanager
def on_shared_chain(client: Salus) -> Iterator[Salus]:
    """Close the client's vault and logs at the end."""
    try:
        yield client
    finally:
        client.vault.close()
        client._logs.close()
