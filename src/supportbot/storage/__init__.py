"""Edges to databases: `memory` for tests and throw-away demos, `store` for SQL; importing one leaves out the other."""
