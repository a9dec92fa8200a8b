"""From building geometry to light, power and choice; one file a step. Imports only `data`; touches no file and no network."""
