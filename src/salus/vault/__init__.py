"""Encrypted records."""
