"""Every figure of the README is printed by something here: `make bench`, or `python -m benchmarks NAME …`."""
