"""Verify receipts of health records, and of their erasure, offline."""
