"""Mutation testing of the contracts: faults, trials of them, and what came out."""
