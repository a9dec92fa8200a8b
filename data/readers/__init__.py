"""Readers: a file in, a validated table or grid out, with its source and what a person should know. One module a kind of input."""

from data.readers.reading import Reading

__all__ = ["Reading"]
