"""Teahouse: chat privately and offline with the GLM family of models.

This package root holds the version and nothing else; importing it costs nothing.
"""

__version__ = "0.1.0"
