"""Vehicles: definitions of fossil-free, share, replacement ledger and plan. Imports only `data`; touches no file."""
