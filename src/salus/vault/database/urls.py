"""Which file the URL of a key database names.

Example:
    >>> file_of("memory:")
    ':memory:'
"""

from __future__ import annotations

import os

from salus.primitives.errors import InvalidStorageUrl
from salus.primitives.files import make_folder, named_errors
from salus.primitives.url_paths import path_in, split

SUPPORTED = "sqlite:///file or memory:"


def file_of(url: str) -> str:
    """Find the file that a URL names, making it, readable by its owner only, where it is missing.

    Raises:
        InvalidStorageUrl: The URL has another form.
        StorageUnavailable: The file cannot be made.
    """
    if url == "memory:":
        return ":memory:"
    try:
        parts = split(url)
    except ValueError:
        raise InvalidStorageUrl(url, SUPPORTED) from None
    path = path_in(parts)
    if parts.scheme != "sqlite" or parts.netloc or not path.is_absolute() or not path.name:
        raise InvalidStorageUrl(url, SUPPORTED)
    with named_errors(url):
        make_folder(path.parent)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    return str(path)
