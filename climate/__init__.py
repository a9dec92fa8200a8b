"""Emissions on the halving path and the status of every goal. Imports only `data`; judges from values alone."""
