"""The tables of a key database: one file each, over the rows that only its owner can write."""
