"""Edges to models. Importing this package imports no model library; see `catalogue` for the table of providers."""
