"""Worker objects on named QThreads and their GUI-side clients. QtCore only; no widgets, no texts."""
