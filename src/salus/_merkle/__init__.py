"""The parts behind :mod:`salus.merkle`: hashing, the growing tree, and the two verifications.

Example:
    >>> import salus.merkle
    >>> salus.merkle.MerkleTree.__module__
    'salus._merkle.tree'
"""
