"""A support desk that knows what every answer costs."""

__version__ = "0.1.0"
