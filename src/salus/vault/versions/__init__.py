"""Versions of records: added, kept, opened."""
