"""Bringing a model in: looking at what a person brought, and taking it over, in place or as a copy.

`inspection` finds the models and looks at each, file by file; `importer` takes one over; `places` is the list
of what cannot be seen from the files. Imports no engine and no heavy library; nothing of a model is executed.
"""
