"""The command `kil`: the one package that imports all the others. Nothing imports it."""

__version__ = "0.1.0"
