"""Headless verbs on the same code as the window: `python -m app VERB`.

Same layer as `main`. Exit codes: 0 done, 1 the world's error (one sentence on stderr), 2 wrong usage,
130 stopped by the person.
"""
