"""The settings pane, built from the declarations in `core.settings`. It stores nothing."""
