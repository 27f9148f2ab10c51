"""What a key store notes beside keys: values of its own, whom it knows, what was erased.

Example:
    >>> from salus.vault.keystore import KeyStore
    >>> store = KeyStore.open("memory:")
    >>> cipher = store.unlock("0xab", b"s" * 32)
    >>> store.set_meta("motto", b"forget me")
    >>> store.meta("motto"), store.damage()
    (b'forget me', [])
"""

from __future__ import annotations

from salus.vault.keystore.leaves import Leaves


class Notes(Leaves):
    """The small tables of a key store; used through `KeyStore`."""

    def meta(self, name: str) -> bytes | None:
        """Read a value that belongs to the store as a whole.

        Args:
            name: Its name.

        Returns:
            The value, or None.

        Raises:
            TamperedKeyStore: Somebody else wrote it, as with everything that is read here.
        """
        row = self._one("meta", name=name)
        return None if row is None else bytes(row[1])

    def metas(self, prefix: str) -> list[tuple[str, bytes]]:
        """List the values whose names begin alike.

        Args:
            prefix: How.

        Returns:
            Names and values, by name.
        """
        rows = self._all("meta")
        return [(str(row[0]), bytes(row[1])) for row in rows if str(row[0]).startswith(prefix)]

    def set_meta(self, name: str, value: bytes) -> None:
        """Set a value that belongs to the store as a whole.

        Args:
            name: Its name.
            value: What to keep.
        """
        self._put("meta", (name, value))

    def drop_meta(self, name: str) -> None:
        """Forget a value that belongs to the store as a whole.

        Args:
            name: Its name.
        """
        self._drop("meta", name=name)

    def contact(self, tag: bytes) -> bytes | None:
        """Find what is remembered of somebody's key.

        Args:
            tag: Finds them without naming them.

        Returns:
            The sealed digest of their key document, or None.
        """
        row = self._one("contacts", tag=tag)
        return None if row is None else bytes(row[1])

    def set_contact(self, tag: bytes, document: bytes) -> None:
        """Remember somebody's key, in the place of what was remembered.

        Args:
            tag: Finds them without naming them.
            document: The sealed digest of their key document.
        """
        self._put("contacts", (tag, document))

    def set_erasure(self, issuer: str, record: bytes, report: bytes) -> None:
        """Remember that a record was erased, and what became of its parts.

        Args:
            issuer: Who issued it.
            record: The record's id, 16 bytes.
            report: What was destroyed and what was not.
        """
        self._put("erasures", (issuer, record, report))

    def erasure(self, issuer: str, record: bytes) -> bytes | None:
        """Find what became of an erased record.

        Args:
            issuer: Who issued it.
            record: The record's id, 16 bytes.

        Returns:
            The report; None where it was not erased.
        """
        row = self._one("erasures", issuer=issuer, record=record)
        return None if row is None else bytes(row[2])

    def erasures(self, issuer: str, *, sound_only: bool = False) -> list[bytes]:
        """List what became of erased records.

        Args:
            issuer: Who issued them.
            sound_only: Leave out what somebody else wrote, instead of refusing all.

        Returns:
            The reports, by record.
        """
        read = self._ours if sound_only else self._all
        return [bytes(row[2]) for row in read("erasures", issuer=issuer)]
