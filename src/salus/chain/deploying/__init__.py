"""Contracts onto a chain, and proof that they are ours."""
