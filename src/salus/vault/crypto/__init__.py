"""Ciphers, commitments and content ids: bytes in, bytes out."""
