"""The ground floor: what we know. Contracts, settings, sources, readers and reference facts. Imports none of our packages."""
