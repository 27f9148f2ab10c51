"""Keys out and keys in."""
