"""The tables of a key store: one file each, over the rows that only its owner can write."""
