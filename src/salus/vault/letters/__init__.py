"""Sealed messages between identities."""
