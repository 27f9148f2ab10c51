"""Transactions: price, nonce, submission, outcome."""
