"""A small FHIR R4 bundle of a person who does not exist, for the demo and for first steps.

Example:
    >>> bundle_bytes().count(b"Maren")
    1
"""

from __future__ import annotations

from importlib.resources import files


def bundle_bytes() -> bytes:
    """Return a transaction Bundle of twelve resources, two of them labelled sensitive."""
    return files(__name__).joinpath("bundle.json").read_bytes()
