"""Files of every kind a municipality has become validated tables. One module a kind; the last line of a reader is `validate`."""
