"""Checking, collecting, re-keying and erasing."""
