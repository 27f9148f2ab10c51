"""The documents of a vault, as others read them."""
