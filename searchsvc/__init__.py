"""A news archive you can search in a blink: embedded by default, distributed when it must be."""

__version__ = "0.2.0"
