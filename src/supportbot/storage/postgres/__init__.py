"""What is particular to PostgreSQL: many writers at once, a server that may be away, notifications."""
