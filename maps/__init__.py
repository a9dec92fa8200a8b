"""Pages: finished tables become HTML. Imports the packages below it; computes nothing but layout."""
