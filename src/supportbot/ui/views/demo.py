"""What the desk cost, and what routing saved."""
