"""Calls, events and errors in and out of bytes."""
