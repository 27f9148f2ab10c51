"""Which contract stands where, why it must stand there, and that it is ours."""
