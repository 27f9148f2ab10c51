"""One node: what it is asked, where it is, starting a local one."""
