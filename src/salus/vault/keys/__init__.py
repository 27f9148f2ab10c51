"""The encryption keys of an identity, and what opens them."""
