"""The nouns of the support desk: plain values without I/O, importing only pydantic and the standard library."""
