"""The only SQL of Teahouse, and the files kept beside the database. Knows `core`; never Qt, never models."""
