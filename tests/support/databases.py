"""Databases of a Postgres server, and what somebody does to them."""

from __future__ import annotations

from contextlib import closing

from salus.errors import StorageError
from salus.store.postgres import PostgresDatabase
from salus.testing.postgres_server import PostgresServer


def refused(url: str, reason: str) -> StorageError:
    return StorageError(f"{url}: {reason}")


def opened(url: str) -> PostgresDatabase:
    """Connect as whoever has the URL."""
    return PostgresDatabase(url, url="", refusal=refused, loopback=True)


def new_database(server: PostgresServer, name: str) -> str:
    """Make one; return its URL."""
    change(f"{server.url}/postgres", f"CREATE DATABASE {name}")
    return f"{server.url}/{name}"


def change(url: str, statements: str) -> None:
    """Change something as somebody who may."""
    with closing(opened(url)) as database:
        database.execute(statements)


def end_connections(url: str) -> None:
    """End every connection to a database but the one that asks for it."""
    change(
        url,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )
