"""llama.cpp as a server on the loopback interface, and the only client that may talk to it.

The library offers no other door to tokens: its in-process callback cannot be stopped while a prompt is read,
a connection can be closed at any time. Every load draws a fresh key; without it nothing but a sign of life is
served. Knows JSON and sockets; knows no conversation. `xllamacpp` is imported only when a server starts.
"""

from __future__ import annotations

import contextlib
import gc
import http.client
import json
import os
import secrets
import socket
import tempfile
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from app.core.cancel import CancelToken
from app.core.errors import ErrorCode, WorldError
from app.model.engines.event_stream import EventStream

POLL_S = 0.02
"""How often a waiting request looks at its cancel token."""
CALL_TIMEOUT_S = 120.0
QUICK_FAILURE_S = 5.0
"""A load that failed sooner is tried once more with the library's log turned on, to learn the reason."""
HTTP_THREADS = 32
"""One is held by each visitor that is silent; a browser opens six to one place. Idle ones cost nothing."""
READ_TIMEOUT_S = 5
"""How long a visitor may be silent before the end of its request; the library's own hour is for ever."""
NO_ORIGIN = "https://nobody.invalid"
SPIN_COUNT = "200"
DETAIL_LENGTH = 300
_READ_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class ServerPlan:
    """How a server is to be started; sizes in tokens. `threads` and the batch are as given."""

    path: str
    context_length: int
    batch: int
    threads: int
    chat_template: str = ""  # in place of the file's own
    processor_only: bool = False  # not even single multiplications go to an accelerator


class LoadError(Exception):
    """The library could not load the file; the text is its own last error, or empty."""


class LlamaServer:
    """A loaded model. Used from one thread; `close` gives the memory back."""

    def __init__(self, plan: ServerPlan) -> None:
        """Load the model; raises `LoadError`, or `WorldError` ENGINE_START_FAILED."""
        library = _library()
        self._key = secrets.token_urlsafe(32)
        started = time.monotonic()
        try:
            self._server: Any = library.Server(_params(plan, self._key, verbosity=0))
        except RuntimeError as error:
            if time.monotonic() - started > QUICK_FAILURE_S:
                raise LoadError("") from error
            raise LoadError(_reason_of_failure(plan, self._key)) from error
        address = urlsplit(self._server.listening_address)
        self._host, self._port = str(address.hostname), int(address.port or 0)
        self._calls = http.client.HTTPConnection(self._host, self._port, timeout=CALL_TIMEOUT_S)
        self._streams: set[socket.socket] = set()

    @property
    def address(self) -> tuple[str, int]:
        """Host and port; of no use without the key."""
        return self._host, self._port

    def close(self) -> None:
        """Stop the server and give its memory back. A second call does nothing."""
        self._calls.close()
        for connection in self._streams:  # an answer nobody ended would keep the server for half a minute
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self._server = None
        gc.collect()  # the wrapper may sit in a cycle; only its end stops the native threads

    def tokenize(self, content: str | Sequence[str | int], *, begin: bool = False) -> list[int]:
        """Token ids of a text, or of texts and ids in turn; nothing in a text becomes a control token.

        `begin` adds what the model wants at the start of every prompt.
        """
        body = {"content": content, "add_special": begin, "parse_special": False}
        return [int(token) for token in self._call("/tokenize", body)["tokens"]]

    def render(self, messages: Sequence[Mapping[str, str]]) -> str | None:
        """`messages` through the model's own chat template; None when the template refuses them."""
        # Models that can answer without thinking aloud are asked to: nothing here parts the two yet.
        options = {"enable_thinking": False}
        try:
            body = {"messages": list(messages), "chat_template_kwargs": options}
            prompt = self._call("/apply-template", body)["prompt"]
        except _RefusedError:
            return None
        return prompt if isinstance(prompt, str) else None

    def complete(self, body: Mapping[str, object]) -> dict[str, Any]:
        """One answer at once; for short ones."""
        return self._call("/completion", {**body, "stream": False})

    def stream(
        self, body: Mapping[str, object], cancel: CancelToken
    ) -> Generator[dict[str, Any], None, None]:
        """The events of one answer as they come. Raises `Cancelled` soon after `cancel` was set.

        Ending the iteration in any way closes the connection, which ends the work within two batches.
        """
        payload = json.dumps({**body, "stream": True}).encode()
        head = (
            f"POST /completion HTTP/1.1\r\nHost: {self._host}\r\nAuthorization: Bearer {self._key}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(payload)}\r\nConnection: close\r\n\r\n"
        )
        with socket.create_connection(self.address, timeout=CALL_TIMEOUT_S) as connection:
            self._streams.add(connection)
            try:
                connection.sendall(head.encode() + payload)
                connection.settimeout(POLL_S)
                yield from _events(connection, cancel)
            finally:
                self._streams.discard(connection)

    def _call(self, path: str, body: Mapping[str, object]) -> dict[str, Any]:
        payload = json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self._key}", "Content-Type": "application/json"}
        for attempt in (1, 2):
            try:
                self._calls.request("POST", path, payload, headers)
                response = self._calls.getresponse()
                status, data = response.status, response.read()
                break
            except (OSError, http.client.HTTPException) as error:
                self._calls.close()  # a connection that was kept too long; the next request opens another
                if attempt == 2:
                    raise WorldError(ErrorCode.ENGINE_PROTOCOL, detail=type(error).__name__) from error
        answer = json.loads(data)
        if status != http.HTTPStatus.OK or not isinstance(answer, dict):
            raise _RefusedError(ErrorCode.ENGINE_PROTOCOL, detail=_error_kind(answer))
        return answer


class _RefusedError(WorldError):
    """The server answered with an error."""


def accelerator_name() -> str:
    """What the graphics processor calls itself that the library uses; "" where it can use none.

    Which it can use was decided when the library was built: its wheels for Linux and Windows know the
    processor alone, that for macOS knows Metal.
    """
    library = _library()
    kinds = library.ggml_backend_dev_type
    graphics = {kinds.GGML_BACKEND_DEVICE_TYPE_GPU, kinds.GGML_BACKEND_DEVICE_TYPE_IGPU}
    found = (device for device in library.get_device_info() if device.get("type") in graphics)
    return next((str(device.get("description") or device.get("name") or "GPU") for device in found), "")


def _library() -> Any:
    """`xllamacpp`, told to be a good neighbour; raises ENGINE_START_FAILED where it does not fit the system.

    libgomp reads the variable once, when it is loaded. By its default the threads of an answer wait for each
    other by spinning; on a machine where anything else computes, they then burn the time that the last of
    them needs. Measured on 2 cores with the starter model, decode in tokens/s, default -> 200: alone
    114-126 -> 111-120, beside one busy process 0.6-1.8 -> 43-50.
    """
    os.environ.setdefault("GOMP_SPINCOUNT", SPIN_COUNT)
    # When it aborts, it would have gdb, where there is one, look into the process and print what it finds.
    os.environ["GGML_NO_BACKTRACE"] = "1"
    try:
        import xllamacpp
    except (ImportError, OSError) as error:
        raise WorldError(ErrorCode.ENGINE_START_FAILED, detail=str(error)) from error
    return xllamacpp


def _params(plan: ServerPlan, key: str, verbosity: int) -> Any:
    params = _library().CommonParams()
    params.model.path = plan.path
    params.n_ctx = plan.context_length
    params.n_batch = params.n_ubatch = plan.batch
    params.n_parallel = 1
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = plan.threads
    if plan.processor_only:
        params.n_gpu_layers = 0
        params.no_kv_offload = params.no_op_offload = True
    params.chat_template = plan.chat_template
    params.warmup = False
    params.cache_ram_mib = 0  # would copy the caches of old conversations into gigabytes of memory
    params.api_keys = [key]
    params.hostnames = ["127.0.0.1"]
    params.n_threads_http, params.timeout_read = HTTP_THREADS, READ_TIMEOUT_S
    # By default it tells every page in a browser that it may read the answers.
    params.cors_origins, params.cors_credentials = NO_ORIGIN, False
    params.offline = True
    params.ui = params.endpoint_slots = False
    params.verbosity = verbosity  # 0: the library's log may quote what a person wrote
    return params


def _reason_of_failure(plan: ServerPlan, key: str) -> str:
    """What the library says about the file when it is asked to load it again."""
    with tempfile.TemporaryFile() as log:
        kept = os.dup(2)
        try:
            os.dup2(log.fileno(), 2)
            try:
                _library().Server(_params(plan, key, verbosity=1))
            except RuntimeError:
                time.sleep(0.1)  # the library writes its log in a thread of its own
        finally:
            os.dup2(kept, 2)
            os.close(kept)
        log.seek(0)
        text = log.read(_READ_BYTES).decode("utf-8", "replace")
    found = [line for line in text.splitlines() if "error" in line or "failed" in line]
    return found[0].rpartition("error loading model:")[2].strip()[:DETAIL_LENGTH] if found else ""


def _events(connection: socket.socket, cancel: CancelToken) -> Iterator[dict[str, Any]]:
    events = EventStream()
    while not events.ended:
        cancel.raise_if_cancelled()
        try:
            data = connection.recv(_READ_BYTES)
        except TimeoutError:
            continue
        except OSError as error:
            raise WorldError(ErrorCode.ENGINE_PROTOCOL, detail=type(error).__name__) from error
        if not data:
            raise WorldError(ErrorCode.ENGINE_PROTOCOL, detail="the answer was cut off")
        yield from _checked(events, data)


def _checked(events: EventStream, data: bytes) -> list[dict[str, Any]]:
    try:
        found = events.feed(data)
    except ValueError:  # its text may quote what was written
        raise WorldError(ErrorCode.ENGINE_PROTOCOL, detail="no events") from None
    for event in found:
        if "error" in event:
            raise WorldError(ErrorCode.ENGINE_PROTOCOL, detail=_error_kind(event))
    return found


def _error_kind(answer: object) -> str:
    """The kind of an error answer. Not its message: that may quote what a person wrote."""
    error = answer.get("error") if isinstance(answer, dict) else None
    kind = error.get("type") if isinstance(error, dict) else None
    return kind if isinstance(kind, str) else "error"
