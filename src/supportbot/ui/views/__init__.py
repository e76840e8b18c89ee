"""One file per page; each checks again who is looking."""
