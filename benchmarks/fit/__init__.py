"""Fits the shipped weights of the search and of the embedded models to labelled questions."""
