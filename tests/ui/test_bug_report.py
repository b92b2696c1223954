"""Our own mistakes: a report without a word of a conversation, one dialog, and the app goes on."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app.ui.bug_report import BugDialog, BugReporter, report_text

SECRET = "my secret recipe"


def caught() -> ValueError:
    try:
        raise ValueError(SECRET)
    except ValueError as error:
        return error


def test_the_report_names_the_place_and_quotes_nothing() -> None:
    report = report_text(caught())
    assert "ValueError" in report
    assert "test_bug_report.py" in report
    assert SECRET not in report.replace("raise ValueError(SECRET)", "")


def test_one_dialog_that_can_be_copied_and_closed(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.show()
    reporter = BugReporter(window)
    reporter.on_exception(caught())
    reporter.on_exception(caught())
    qtbot.waitUntil(lambda: len(window.findChildren(BugDialog)) == 1)
    dialog = window.findChild(BugDialog)
    copy, close = dialog.findChildren(QPushButton)
    copy.click()
    assert "ValueError" in QApplication.clipboard().text()
    close.click()
    qtbot.waitUntil(lambda: not window.findChildren(BugDialog))
