"""The engine child: one process that hosts one engine and is driven over standard input and output.

Two threads. The main one loads and generates; the reader takes commands, sets cancel flags at once, also
while the main thread works, and ends the process when standard input ends, so that no child outlives the app.
Frames go to a private copy of descriptor 1; what native code prints there lands on standard error.

Knows the wire and the engines; no Qt. Nothing that a person or a model wrote may reach standard error.
"""

from __future__ import annotations

import contextlib
import gc
import os
import queue
import signal
import sys
import threading
from pathlib import Path
from typing import NoReturn

from app.core.cancel import Cancelled, CancelToken
from app.core.chat import FinishReason
from app.core.context_window import fit
from app.core.engine import Engine, EngineKind, Failed, Finished, ModelInfo, PromptReady, RequestEvent
from app.core.errors import ErrorCode, ErrorInfo, WorldError
from app.core.traces import tell_uncaught, trace_text
from app.core.wire import (
    Cancel,
    Command,
    CountTokens,
    FrameDecoder,
    Generate,
    Hello,
    Load,
    Loaded,
    LoadFailed,
    Reply,
    RequestReply,
    TokenCount,
    WireError,
    decode_command,
    encode_reply,
)
from app.model.engines import create_engine
from app.model.engines.memory_failures import is_for_want_of_memory

READ_BYTES = 1 << 16
EXIT_OK = 0
EXIT_START_FAILED = 3
EXIT_PROTOCOL = 4
NICENESS = 5
OOM_SCORE = 500
_OOM_SCORE = Path("/proc/self/oom_score_adj")


def run_engine_child(kind: EngineKind) -> int:
    """Host an engine of `kind` until standard input ends; gives the exit code."""
    commands_fd, replies_fd = _take_the_pipes()
    _die_with_the_parent()
    _lower_priority()
    _be_the_first_to_go()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C in a terminal is for the app to handle
    tell_uncaught(_report, _report)
    inbox = _Inbox(commands_fd)
    threading.Thread(target=inbox.read_until_the_end, name="commands", daemon=True).start()
    outbox = _Outbox(replies_fd)
    try:
        engine = create_engine(kind)
    except WorldError as error:
        # Said as an answer to the load that is coming, so that the person reads why.
        outbox.send(Hello(kind, os.getpid()))
        inbox.take()
        outbox.send(LoadFailed(error.info))
        return EXIT_START_FAILED
    gc.freeze()  # what the libraries brought stays for good: collections need not go over it
    outbox.send(Hello(kind, os.getpid()))
    host = _Host(engine, inbox, outbox)
    while True:
        host.obey(inbox.take())


class _Inbox:
    """Commands as they come, and the cancel flags of the requests among them."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._queue: queue.SimpleQueue[Command] = queue.SimpleQueue()
        self._flags: dict[int, CancelToken] = {}

    def read_until_the_end(self) -> NoReturn:
        """The reader thread. Ends the process, whatever the main thread is doing."""
        decoder = FrameDecoder()
        code = EXIT_OK
        try:
            while data := os.read(self._fd, READ_BYTES):
                for payload in decoder.feed(data):
                    self._accept(decode_command(payload))
        except (OSError, WireError):
            code = EXIT_PROTOCOL
        os._exit(code)

    def take(self) -> Command:
        """The next command for the main thread; waits for it."""
        return self._queue.get()

    def cancel_flag(self, request_id: int) -> CancelToken:
        """The flag of a request that was taken."""
        return self._flags[request_id]

    def forget(self, request_id: int) -> None:
        """The request has ended."""
        self._flags.pop(request_id, None)

    def _accept(self, command: Command) -> None:
        match command:
            case Cancel(request_id):
                flag = self._flags.get(request_id)
                if flag is not None:
                    flag.cancel()
            case Generate(request_id):
                self._flags[request_id] = CancelToken()
                self._queue.put(command)
            case _:
                self._queue.put(command)


class _Outbox:
    """Replies out to the app. Only the main thread writes."""

    def __init__(self, fd: int) -> None:
        self._fd = fd

    def send(self, reply: Reply) -> None:
        """Write the whole frame; ends the process when nobody reads any more."""
        data = memoryview(encode_reply(reply))
        try:
            while data:
                data = data[os.write(self._fd, data) :]
        except OSError:
            os._exit(EXIT_OK)


class _Host:
    """Obeys commands with the engine, and turns what is raised into replies."""

    def __init__(self, engine: Engine, inbox: _Inbox, outbox: _Outbox) -> None:
        self._engine = engine
        self._inbox = inbox
        self._outbox = outbox
        self._model: ModelInfo | None = None

    def obey(self, command: Command) -> None:
        """Carry out one command with all its replies."""
        match command:
            case Load():
                self._load(command)
            case Generate():
                self._generate(command)
            case CountTokens():
                self._count(command)
            case Cancel():
                raise AssertionError("the inbox keeps cancels to itself")

    def _load(self, command: Load) -> None:
        self._model = None
        try:
            # A load is cancelled by ending this process, which also gives the memory back at once.
            self._model = self._engine.load(command.ref, command.plan, self._outbox.send, CancelToken())
        except WorldError as error:
            self._outbox.send(LoadFailed(_said(error, error.info)))
        except Exception as error:  # noqa: BLE001 - our bug, or a library's; the app must hear of it
            _report(error)
            params = {"path": command.ref.path, "detail": type(error).__name__}
            # A library of ours that is not there says nothing about the model's file.
            is_ours = isinstance(error, ImportError)
            code = ErrorCode.ENGINE_START_FAILED if is_ours else ErrorCode.MODEL_LOAD_FAILED
            self._outbox.send(LoadFailed(_said(error, ErrorInfo(code, params))))
        else:
            self._outbox.send(Loaded(self._model))

    def _generate(self, command: Generate) -> None:
        flag = self._inbox.cancel_flag(command.request_id)
        end: RequestEvent
        try:
            end = self._answer(command, flag)
        except Cancelled:
            end = Finished(FinishReason.CANCELLED)
        except WorldError as error:
            end = Failed(_said(error, error.info))
        except Exception as error:  # noqa: BLE001 - our bug, or a library's; the app must hear of it
            _report(error)
            bug = ErrorInfo(ErrorCode.ENGINE_PROTOCOL, {"detail": type(error).__name__})
            end = Failed(_said(error, bug))
        self._inbox.forget(command.request_id)
        self._outbox.send(RequestReply(command.request_id, end))

    def _answer(self, command: Generate, flag: CancelToken) -> RequestEvent:
        """Send every event but the terminal one, which is given back."""
        if self._model is None:
            raise WorldError(ErrorCode.NO_MODEL)
        flag.raise_if_cancelled()
        context_length = self._model.context_length
        prompt = fit(command.turns, context_length, command.params.max_tokens, self._engine.count_tokens)
        first = prompt.first_message_id
        ready = PromptReady(first, prompt.prompt_tokens, context_length, prompt.dropped_turns)
        self._outbox.send(RequestReply(command.request_id, ready))
        for event in self._engine.generate(prompt.turns, command.params, flag):
            if isinstance(event, Finished):
                return event
            self._outbox.send(RequestReply(command.request_id, event))
        raise RuntimeError("an engine ended without a terminal event")

    def _count(self, command: CountTokens) -> None:
        try:
            tokens = self._engine.count_tokens(command.turns)
        except Exception as error:  # noqa: BLE001 - an estimate nobody must wait for
            _report(error)
            tokens = 0
        self._outbox.send(TokenCount(command.request_id, tokens))


def _said(error: Exception, otherwise: ErrorInfo) -> ErrorInfo:
    """What the app is to hear: too little memory is told as that, and a smaller plan may then be tried."""
    return ErrorInfo(ErrorCode.ENGINE_OUT_OF_MEMORY) if is_for_want_of_memory(error) else otherwise


def _take_the_pipes() -> tuple[int, int]:
    """Private descriptors for commands and replies; 0 reads nothing and 1 is standard error from now on."""
    commands_fd, replies_fd = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    if sys.platform == "win32":
        import msvcrt

        msvcrt.setmode(commands_fd, os.O_BINARY)
        msvcrt.setmode(replies_fd, os.O_BINARY)
    return commands_fd, replies_fd


def _die_with_the_parent() -> None:
    """Linux: be killed when the app is, even while native code keeps the reader thread from running.

    The kernel watches the parent *thread*, the engine worker's, which lives as long as it wants this child.
    On Windows a job object of the app does this; elsewhere the end of standard input does.
    """
    if sys.platform != "linux":
        return
    import ctypes

    pr_set_pdeathsig = 1
    ctypes.CDLL(None, use_errno=True).prctl(pr_set_pdeathsig, signal.SIGKILL, 0, 0, 0)


def _lower_priority() -> None:
    """Leave the machine usable while the model computes."""
    if sys.platform == "win32":
        import psutil

        psutil.Process().nice(psutil.BELOW_NORMAL_PRIORITY_CLASS)
    else:
        os.nice(NICENESS)


def _be_the_first_to_go() -> None:
    """Linux: when memory runs out, have the kernel end this process, not the window or another program.

    The app knows how to go on from there. A model's own template can ask for any amount of memory.
    """
    with contextlib.suppress(OSError):
        if int(_OOM_SCORE.read_text()) < OOM_SCORE:
            _OOM_SCORE.write_text(str(OOM_SCORE))


def _report(error: BaseException) -> None:
    """Where it happened, to the log. Not the exception's text: that may quote what a person wrote."""
    with contextlib.suppress(OSError):  # a windowed program may have neither a log nor sys.stderr
        os.write(2, f"engine child:\n{trace_text(error)}\n".encode("utf-8", "replace"))
