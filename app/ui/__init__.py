"""The widgets, and the only place with text that a person reads."""
