"""What the system knows this program by."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from app import __version__


def name_application(app: QCoreApplication) -> None:
    """Set the names that window managers, task bars and crash reports show."""
    app.setApplicationName("Teahouse")
    app.setOrganizationName("Teahouse")
    app.setApplicationVersion(__version__)
