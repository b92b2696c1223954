"""The transcript: Markdown into blocks (`blocks`, `markdown`), blocks onto the screen (`view` and beside)."""
