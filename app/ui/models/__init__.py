"""The page of the models on this computer: a row for each, what can be done with it, prepared files."""
