"""Socle: France's target architecture for digital health, as software that runs."""

__version__ = "0.1.0"
