"""What is said about privacy: what lies where and how it goes away, and every connection. Needs QtCore only.

Whole sentences in the language in use, the same for the page and for the terminal. Knows values, no widget.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QDate, QLocale, QTime, QTranslator

from app.core.connections import Connection, ConnectionKind, ConnectionLog, ProcessKind
from app.core.privacy import Readers, StoredKind
from app.core.settings import SettingGroup
from app.ui.text_format import count_text, local_time, one_line
from app.ui.texts.mark import QT_TRANSLATE_NOOP
from app.ui.texts.settings import GROUP_TEXTS

_CONTEXT = "PrivacyTexts"


@dataclass(frozen=True, slots=True)
class ThingText:
    """The source strings of one kind of thing: its name, what it holds, how it is deleted."""

    name: str
    holds: str
    removal: str


PROMISE = QT_TRANSLATE_NOOP("PrivacyTexts", "Nothing leaves this computer")
PROMISES: tuple[str, ...] = (
    QT_TRANSLATE_NOOP(
        "PrivacyTexts",
        "The model works on this computer. What you write and what it answers is not sent anywhere.",
    ),
    QT_TRANSLATE_NOOP(
        "PrivacyTexts",
        "There is no account. Nobody counts what you do, nothing reports faults by itself, and nothing looks "
        "for updates.",
    ),
)
CONNECTIONS = QT_TRANSLATE_NOOP("PrivacyTexts", "Connections to other computers")
CONNECTIONS_ABOUT = QT_TRANSLATE_NOOP(
    "PrivacyTexts",
    "Teahouse writes down here when it connects to another computer and to which; never what was said.",
)
CHECK = QT_TRANSLATE_NOOP("PrivacyTexts", "How this is checked")
CHECKS: tuple[str, ...] = (
    QT_TRANSLATE_NOOP(
        "PrivacyTexts",
        "The program and the process in which the model works write each connection that they open into this "
        "list. They see what is written in the language Python, as most of Teahouse is. They cannot see what "
        "other parts do by themselves, such as the libraries that do the arithmetic.",
    ),
    QT_TRANSLATE_NOOP(
        "PrivacyTexts",
        "That is why the tests of Teahouse also look from outside: the operating system reports every "
        "attempt of every part, and where it leads; and a whole conversation has to work without any "
        "network.",
    ),
    QT_TRANSLATE_NOOP(
        "PrivacyTexts",
        "Talk within this computer is not listed: the program speaks with the process of the model at an "
        "address that no other computer can reach, locked with a new random key for each model. You can try "
        "it: switch the network off, and everything goes on.",
    ),
)
STORED = QT_TRANSLATE_NOOP("PrivacyTexts", "What is kept, and where")
STORED_ABOUT = QT_TRANSLATE_NOOP(
    "PrivacyTexts",
    "All of it lies on this computer, and it is not encrypted: whoever can use your account, manages this "
    "computer or takes its disk out can read it.",
)
NARROW = QT_TRANSLATE_NOOP("PrivacyTexts", "Let only my account read it")
_DID_NOT_HELP = QT_TRANSLATE_NOOP(
    "PrivacyTexts", "Nothing changed: the disk or the owner of these files does not allow it."
)
_NOT_OURS = QT_TRANSLATE_NOOP(
    "PrivacyTexts", "Other accounts on this computer can read it, and it belongs to one of them."
)
_READERS: Mapping[Readers, str] = {
    Readers.OWNER: QT_TRANSLATE_NOOP("PrivacyTexts", "Only your account can read it."),
    Readers.OTHERS: QT_TRANSLATE_NOOP("PrivacyTexts", "Other accounts on this computer can read it."),
    Readers.UNKNOWN: QT_TRANSLATE_NOOP(
        "PrivacyTexts", "Teahouse cannot tell on this system who else can read it."
    ),
}
_HARMLESS = QT_TRANSLATE_NOOP(
    "PrivacyTexts",
    "Other accounts on this computer can read it too. That harms nothing: nothing that you wrote is in it.",
)

THINGS: Mapping[StoredKind, ThingText] = {
    StoredKind.CONVERSATIONS: ThingText(
        QT_TRANSLATE_NOOP("PrivacyTexts", "Conversations"),
        QT_TRANSLATE_NOOP(
            "PrivacyTexts",
            "All that you and the models wrote, with titles and drafts. The recycle bin is in here too.",
        ),
        QT_TRANSLATE_NOOP(
            "PrivacyTexts",
            "Put conversations into the recycle bin and empty it. To leave no trace of any, close Teahouse "
            "and remove this file and the safety copies.",
        ),
    ),
    StoredKind.COPIES: ThingText(
        QT_TRANSLATE_NOOP("PrivacyTexts", "Safety copies"),
        QT_TRANSLATE_NOOP(
            "PrivacyTexts",
            "Copies of the conversations that Teahouse makes once a day at most, so that it can mend a "
            "damaged file. The last three are kept, and those made before a new version changed the file.",
        ),
        QT_TRANSLATE_NOOP(
            "PrivacyTexts",
            "At any time. What you delete in Teahouse stays in them until newer ones take their place.",
        ),
    ),
    StoredKind.SET_ASIDE: ThingText(
        QT_TRANSLATE_NOOP("PrivacyTexts", "Damaged files that were replaced"),
        QT_TRANSLATE_NOOP("PrivacyTexts", "They are kept because something of yours may still be in them."),
        QT_TRANSLATE_NOOP("PrivacyTexts", "Whenever you miss nothing."),
    ),
    StoredKind.SETTINGS: ThingText(
        QT_TRANSLATE_NOOP("PrivacyTexts", "Settings"),
        QT_TRANSLATE_NOOP(
            "PrivacyTexts",
            "What you chose, what the model should always bear in mind, and what was measured of the models.",
        ),
        QT_TRANSLATE_NOOP(
            "PrivacyTexts", "Close Teahouse and remove this file: it begins as on the first day."
        ),
    ),
    StoredKind.LOG: ThingText(
        QT_TRANSLATE_NOOP("PrivacyTexts", "Log"),
        QT_TRANSLATE_NOOP(
            "PrivacyTexts",
            "What the program did and what went wrong. Never what you or a model wrote.",
        ),
        QT_TRANSLATE_NOOP("PrivacyTexts", "Close Teahouse and remove this folder. It stays small by itself."),
    ),
    StoredKind.CONNECTIONS: ThingText(
        QT_TRANSLATE_NOOP("PrivacyTexts", "List of connections"),
        QT_TRANSLATE_NOOP("PrivacyTexts", "What stands above, as a file."),
        QT_TRANSLATE_NOOP("PrivacyTexts", "Close Teahouse and remove this file; the list begins anew."),
    ),
    StoredKind.MODELS: ThingText(
        QT_TRANSLATE_NOOP("PrivacyTexts", "Models"),
        QT_TRANSLATE_NOOP(
            "PrivacyTexts",
            "Files of models as they were published. They do not change and learn nothing of what you write.",
        ),
        QT_TRANSLATE_NOOP("PrivacyTexts", "Remove a model in Teahouse, or its files from this folder."),
    ),
    StoredKind.PREPARED: ThingText(
        QT_TRANSLATE_NOOP("PrivacyTexts", "Prepared copies"),
        QT_TRANSLATE_NOOP("PrivacyTexts", "Models made ready for this computer, so that they load faster."),
        QT_TRANSLATE_NOOP("PrivacyTexts", "At any time; they are made again when they are needed."),
    ),
    StoredKind.PLACES: ThingText(
        QT_TRANSLATE_NOOP("PrivacyTexts", "List of models"),
        QT_TRANSLATE_NOOP(
            "PrivacyTexts",
            "Where models lie that are used without a copy, and the checksums of files.",
        ),
        QT_TRANSLATE_NOOP(
            "PrivacyTexts",
            "Remove a model in Teahouse and it is taken off the list. Without the file these models have to "
            "be added again.",
        ),
    ),
    StoredKind.POINTER: ThingText(
        QT_TRANSLATE_NOOP("PrivacyTexts", "Note of moved folders"),
        QT_TRANSLATE_NOOP("PrivacyTexts", "Where the folders are now that you moved to another place."),
        QT_TRANSLATE_NOOP(
            "PrivacyTexts", "Move the folders back. Without the note Teahouse looks for them in vain."
        ),
    ),
    StoredKind.TEMPORARY: ThingText(
        QT_TRANSLATE_NOOP("PrivacyTexts", "Temporary files"),
        QT_TRANSLATE_NOOP(
            "PrivacyTexts",
            "A library that computes for the model makes its own folder here; nothing of yours is in it.",
        ),
        QT_TRANSLATE_NOOP("PrivacyTexts", "At any time; the system clears it away by itself too."),
    ),
}
_PROCESSES: Mapping[ProcessKind, str] = {
    ProcessKind.WINDOW: QT_TRANSLATE_NOOP("PrivacyTexts", "the program"),
    ProcessKind.TERMINAL: QT_TRANSLATE_NOOP("PrivacyTexts", "a command in the terminal"),
    ProcessKind.ENGINE: QT_TRANSLATE_NOOP("PrivacyTexts", "the process of the model"),
}
_ATTEMPTS: Mapping[ConnectionKind, str] = {
    ConnectionKind.LOOKUP: QT_TRANSLATE_NOOP("PrivacyTexts", "{time}: {who} asked for the address of {host}"),
    ConnectionKind.CONNECT: QT_TRANSLATE_NOOP(
        "PrivacyTexts", "{time}: {who} connected to {host}, port {port}"
    ),
    ConnectionKind.SEND: QT_TRANSLATE_NOOP(
        "PrivacyTexts", "{time}: {who} sent something to {host}, port {port}"
    ),
    ConnectionKind.LISTEN: QT_TRANSLATE_NOOP(
        "PrivacyTexts", "{time}: {who} could be reached by others at {host}, port {port}"
    ),
}


def text(source: str) -> str:
    """A source string of this module in the language in use."""
    return QCoreApplication.translate(_CONTEXT, source)


def verdict(log: ConnectionLog | None) -> str:
    """The one sentence above the list; None: the list cannot be read."""
    if log is None:
        return QCoreApplication.translate("PrivacyTexts", "The list of connections cannot be read.")
    count = len(log.connections) + log.dropped
    if log.since_ms is None:
        return QCoreApplication.translate("PrivacyTexts", "No connection was ever written down.")
    if not count:
        return QCoreApplication.translate(
            "PrivacyTexts", "No connection to another computer was opened since {date}."
        ).format(date=moment_text(log.since_ms))
    if count == 1:
        return QCoreApplication.translate(
            "PrivacyTexts", "One connection to another computer since {date}."
        ).format(date=moment_text(log.since_ms))
    return QCoreApplication.translate(
        "PrivacyTexts", "{count} connections to other computers since {date}."
    ).format(count=count_text(count), date=moment_text(log.since_ms))


def list_note(log: ConnectionLog, shown: int) -> str:
    """What is to be known beside the lines that are shown; "" where they are all."""
    notes = []
    if shown < len(log.connections) + log.dropped:
        notes.append(
            QCoreApplication.translate("PrivacyTexts", "The newest {count} are shown.").format(
                count=count_text(shown)
            )
        )
    if log.is_full:
        notes.append(
            QCoreApplication.translate(
                "PrivacyTexts",
                "The list is full: what came after it is not in it. It goes on at the next start.",
            )
        )
    return " ".join(notes)


def connection_text(connection: Connection) -> str:
    """One line of the list, whatever a host is called."""
    attempt = connection.attempt
    return text(_ATTEMPTS[attempt.kind]).format(
        time=moment_text(connection.at_ms),
        who=text(_PROCESSES[connection.process]),
        host=one_line(attempt.host),
        port=attempt.port,
    )


def moment_text(ms: int) -> str:
    """A day with its time, in the time of this computer."""
    moment, locale = local_time(ms), QLocale()
    pattern = QCoreApplication.translate("PrivacyTexts", "MMM d, yyyy", "a day, as Qt date format")
    day = locale.toString(QDate(moment.year, moment.month, moment.day), pattern)
    time = locale.toString(QTime(moment.hour, moment.minute), QLocale.FormatType.ShortFormat)
    return f"{day} {time}"


def readers_text(kind: StoredKind, readers: Readers, *, can_narrow: bool) -> str:
    """Who can read it."""
    if readers is Readers.OTHERS and not kind.is_personal:
        return text(_HARMLESS)
    if readers is Readers.OTHERS and not can_narrow:
        return text(_NOT_OURS)
    return text(_READERS[readers])


def did_not_help() -> str:
    """After others were to be kept out, and still are not."""
    return text(_DID_NOT_HELP)


def removal_text(kind: StoredKind) -> str:
    """How it is deleted."""
    return QCoreApplication.translate("PrivacyTexts", "Deleting: {how}").format(
        how=text(THINGS[kind].removal)
    )


def search_words(chinese: QTranslator) -> str:
    """Everything by which the page can be found, in both languages, folded for comparison."""
    page = GROUP_TEXTS[SettingGroup.PRIVACY]
    words = [
        page.title,
        page.about,
        "privacy",
        "telemetry",
        "offline",
        "network",
        "permissions",
        "隐私",
        "联网",
        "权限",
    ]
    words += [chinese.translate("SettingsTexts", source) or "" for source in (page.title, page.about)]
    sources = [PROMISE, *PROMISES, CONNECTIONS, CONNECTIONS_ABOUT, CHECK, STORED, STORED_ABOUT, NARROW]
    for thing in THINGS.values():
        sources += [thing.name, thing.holds, thing.removal]
    for source in sources:
        words += [source, chinese.translate(_CONTEXT, source) or ""]
    return "\n".join(words).casefold()
