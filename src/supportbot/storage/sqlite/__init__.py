"""What is particular to SQLite: one file, one writer at a time."""
