"""Which key opens what, and for whom."""
