"""Who signs: keys, key files, passkeys, and checking what they signed."""
