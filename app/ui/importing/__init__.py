"""Adding a model that a person has: where it is dropped, the page that shows it, the strip of its copy.

Widgets take values and tell what the person wants; `ui.import_controller` makes them work. The rules about
model files are in `model.importing`.
"""
