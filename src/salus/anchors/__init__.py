"""Append-only logs: streams, their checkpoints on chain, proofs of their leaves."""
