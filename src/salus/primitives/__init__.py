"""Values and bytes for every room: no network, no database, no standard."""
