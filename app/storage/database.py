"""One SQLite connection with our habits: WAL, foreign keys, transactions of two strengths, our errors.

Knows no table. Used from one thread. Raises `WorldError` for what happens outside our code.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path, PurePath
from typing import Any, NoReturn

import apsw

from app.core.errors import ErrorCode, ErrorInfo, WorldError
from app.storage.errors import DAMAGE, world_errors
from app.storage.files import make_private_file

Row = tuple[Any, ...]
Value = str | int | float | bytes | None

BUSY_TIMEOUT_MS = 5000

_log = logging.getLogger(__name__)


def storable(text: str) -> str:
    """`text` as UTF-8 can hold it: a lone surrogate (half an emoji) becomes the replacement character."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


class Database:
    """An open database file. `refusal` says why nothing may be written; None when all is well."""

    def __init__(self, connection: apsw.Connection, path: Path, refusal: ErrorInfo | None = None) -> None:
        self.connection = connection
        self.path = path
        self.refusal = refusal
        self._synchronous = ""

    def rows(self, sql: str, parameters: Sequence[Value] = ()) -> list[Row]:
        """All rows of a query."""
        with self._errors():
            return list(self.connection.execute(sql, tuple(parameters)))

    def row(self, sql: str, parameters: Sequence[Value] = ()) -> Row | None:
        """The first row of a query, if there is one."""
        with self._errors():
            return self.connection.execute(sql, tuple(parameters)).fetchone()

    def execute(self, sql: str, parameters: Sequence[Value] = ()) -> None:
        """One statement without a result; inside `transaction`."""
        with self._errors():
            self.connection.execute(sql, tuple(parameters))

    def execute_many(self, sql: str, parameters: Iterable[Sequence[Value]]) -> None:
        """One statement for each set of parameters; inside `transaction`."""
        with self._errors():
            self.connection.executemany(sql, parameters)

    def insert(self, sql: str, parameters: Sequence[Value] = ()) -> int:
        """One insert; returns the id of its row."""
        self.execute(sql, parameters)
        return self.connection.last_insert_rowid()

    def damaged(self) -> NoReturn:
        """Raise DATABASE_DAMAGED, for what cannot have been written so; the next start looks into it."""
        self._suspect()
        raise WorldError(ErrorCode.DATABASE_DAMAGED, path=self.path)

    @contextmanager
    def transaction(self, *, durable: bool = True) -> Iterator[None]:
        """All or nothing. `durable`: on the disk, not only with the system, when this block is left.

        Raises the refusal of a database that is open for reading only.
        """
        if self.refusal is not None:
            raise WorldError.from_info(self.refusal)
        with self._errors():
            self._set_synchronous("FULL" if durable else "NORMAL")
            self.connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            with self._errors():
                self.connection.execute("COMMIT")
        except BaseException:
            self._roll_back()
            raise

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Hold the file alone, without a write-ahead log, until it is closed or an error leaves the block.

        Raises DATABASE_LOCKED where another has it open: SQLite lets the last connection only leave the log.
        """
        try:
            with self._errors():
                self.connection.execute("PRAGMA journal_mode=DELETE")
                self.connection.execute("PRAGMA locking_mode=EXCLUSIVE")
                self.connection.execute("BEGIN EXCLUSIVE")
                self.connection.execute("COMMIT")
            yield
        except BaseException:
            with suppress(apsw.Error):  # what matters is why the block was left
                self.connection.execute("PRAGMA locking_mode=NORMAL")
                self.connection.execute("PRAGMA journal_mode=WAL")
            raise

    def close(self) -> None:
        """Let go of the file; safe to call twice, never raises.

        The last to close empties the write-ahead log. Where that fails (a full disk), nothing is lost: the
        log stays and is read at the next start.
        """
        try:
            self.connection.close()
        except apsw.Error as error:
            _log.warning("the write-ahead log of %s stays: %s", self.path.name, error)
            self.connection.close(True)

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """A newer database may lack what we ask for: say that, not that our SQL is wrong."""
        try:
            with world_errors(self.path):
                yield
        except WorldError as error:
            if error.info.code is ErrorCode.DATABASE_DAMAGED:
                self._suspect()
            raise
        except apsw.SQLError as error:
            if self.refusal is None:
                raise
            raise WorldError.from_info(self.refusal) from error

    def _suspect(self) -> None:
        if self.refusal is None:
            with suppress(OSError):  # the damage is what matters, and it is reported anyway
                make_private_file(suspicion(self.path))

    def _set_synchronous(self, level: str) -> None:
        # The pragma does nothing inside a transaction, so it is set before each one that needs another level.
        if level != self._synchronous:
            self.connection.execute(f"PRAGMA synchronous={level}")
            self._synchronous = level

    def _roll_back(self) -> None:
        # A full disk makes SQLite roll back by itself; a second rollback would hide the error that matters.
        if self.connection.in_transaction:
            with self._errors():
                self.connection.execute("ROLLBACK")


def suspicion(path: Path) -> Path:
    """A file that exists when the running app met damage: the next start checks everything."""
    return path.with_suffix(".suspect")


def connect(path: Path) -> Database:
    """Open an existing file for reading and writing, in WAL mode; raises `WorldError` or `apsw` damage."""
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
    try:
        connection.set_busy_timeout(BUSY_TIMEOUT_MS)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA temp_store=MEMORY")  # no text of a person in a temporary file
    except BaseException:
        connection.close()
        raise
    return Database(connection, path)


def uri_of(path: PurePath, options: str) -> str:
    r"""The name under which SQLite opens `path`, which is absolute, with `options`.

    It takes what stands behind two slashes for a computer and refuses it: a folder of a network on Windows
    (\\server\share) needs four.
    """
    uri = path.as_uri()
    if path.drive.startswith("\\\\"):
        uri = uri.replace("file://", "file:////", 1)
    return f"{uri}?{options}"


def connect_read_only(path: Path, refusal: ErrorInfo | None = None) -> Database:
    """Open for reading only; also from a folder in which SQLite may not create its side files."""
    try:
        return _connect_uri(path, "mode=ro", refusal)
    except (apsw.CantOpenError, apsw.ReadOnlyError):
        return _connect_uri(path, "mode=ro&immutable=1", refusal)


def connect_damaged(path: Path) -> Database:
    """Open for reading only, also a file whose list of tables is damaged: those that it still names."""
    try:
        return _connect_uri(path, "mode=ro", None, is_damaged=True)
    except (apsw.CantOpenError, apsw.ReadOnlyError):
        return _connect_uri(path, "mode=ro&immutable=1", None, is_damaged=True)


def _connect_uri(
    path: Path, options: str, refusal: ErrorInfo | None, *, is_damaged: bool = False
) -> Database:
    flags = apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI
    connection = apsw.Connection(uri_of(path.absolute(), options), flags=flags)
    try:
        connection.set_busy_timeout(BUSY_TIMEOUT_MS)
        if is_damaged:
            # Without it one bad definition, of an index even, hides all the tables.
            connection.execute("PRAGMA writable_schema=ON").fetchall()
            with suppress(*DAMAGE):  # the first statement may still fail; the next ones have what was read
                connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    except BaseException:
        connection.close()
        raise
    return Database(connection, path, refusal)
