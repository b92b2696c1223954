"""The one port: llama.cpp's, on the loopback interface. Nobody without the key gets anything, or in the way.

Whoever is on this computer may knock: other programs, other accounts, a page in a browser.
"""

from __future__ import annotations

import http.client
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from app.core.cancel import CancelToken
from app.core.chat import Role, Turn
from app.core.engine import GenerationParams, LoadPlan, TextDelta
from app.model.engines.llama_cpp import LlamaCppEngine
from app.model.engines.llama_server import HTTP_THREADS, LlamaServer
from tests.helpers.starter import starter_ref

pytestmark = pytest.mark.starter
PAGE = "http://evil.example"
PATHS = (
    *("/", "/index.html", "/models", "/v1/models", "/api/tags", "/props", "/slots", "/metrics", "/tools"),
    *("/lora-adapters", "/completion", "/v1/chat/completions", "/v1/messages", "/api/chat", "/tokenize"),
    *("/apply-template", "/slots/0?action=save", "/cors-proxy?url=http://127.0.0.1:1", "/models/load"),
)


@pytest.fixture(scope="module")
def engine() -> Iterator[LlamaCppEngine]:
    engine = LlamaCppEngine()
    engine.load(starter_ref(), LoadPlan(context_length=512), lambda _: None, CancelToken())
    yield engine
    engine.unload()


@pytest.fixture
def server(engine: LlamaCppEngine) -> LlamaServer:
    return engine._model().server


def answer(engine: LlamaCppEngine) -> str:
    turns, params = (Turn(Role.USER, "What is the capital of France?"),), GenerationParams(12, 0.0)
    events = engine.generate(turns, params, CancelToken())
    return "".join(event.text for event in events if isinstance(event, TextDelta))


def knock(server: LlamaServer, method: str, path: str, host: str = "") -> tuple[int, dict[str, str], bytes]:
    """What a page at `PAGE` gets; `host` is what it believes to speak to."""
    connection = http.client.HTTPConnection(*server.address, timeout=20)
    headers = {"Origin": PAGE, "Content-Type": "text/plain"} | ({"Host": host} if host else {})
    connection.request(method, path, "{}" if method == "POST" else None, headers)
    response = connection.getresponse()
    found = response.status, dict(response.getheaders()), response.read()
    connection.close()
    return found


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_page_in_a_browser_is_refused_whatever_it_asks_for(server: LlamaServer, method: str) -> None:
    for path in PATHS:
        for host in ("", "evil.example"):  # a name that was led here (DNS rebinding)
            status, headers, body = knock(server, method, path, host)
            assert status in {401, 404}, path
            assert PAGE not in headers.get("Access-Control-Allow-Origin", "")
            assert headers.get("Access-Control-Allow-Origin") not in {"*", "null"}
            assert b".gguf" not in body
            assert starter_ref().path.encode() not in body


def test_the_sign_of_life_says_no_more_than_that(server: LlamaServer) -> None:
    status, headers, body = knock(server, "GET", "/health")
    assert (status, body) == (200, b'{"status":"ok"}')
    assert PAGE not in headers["Access-Control-Allow-Origin"]  # so the page may not even read this
    _, headers, _ = knock(server, "OPTIONS", "/completion")
    assert PAGE not in headers["Access-Control-Allow-Origin"]
    assert headers.get("Access-Control-Allow-Credentials") != "true"


def test_silent_visitors_keep_nobody_waiting(engine: LlamaCppEngine, server: LlamaServer) -> None:
    """More than a browser opens: with the library's own settings the answer never came."""
    expected = answer(engine)
    with ExitStack() as stack:
        for number in range(HTTP_THREADS // 2):
            visitor = stack.enter_context(socket.create_connection(server.address))
            if number % 2:
                visitor.sendall(b"POST /completion HTTP/1.1\r\nHost: x\r\n")
        time.sleep(0.2)  # until each has its thread
        assert answer(engine) == expected


def test_rubbish_without_end_ends_nothing(engine: LlamaCppEngine, server: LlamaServer) -> None:
    expected = answer(engine)
    rubbish = (
        b"\x00\xff" * 5_000,
        b"GET / HTTP/1.1\r\n" + b"X: " + b"x" * 200_000,
        b"POST /completion HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n",
        b"POST /completion HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n{}",
        b"POST /completion HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500),
    )
    for data in rubbish:
        with socket.create_connection(server.address) as visitor:
            visitor.settimeout(5)
            try:
                visitor.sendall(data)
                visitor.shutdown(socket.SHUT_WR)
                while visitor.recv(65536):
                    pass
            except (ConnectionError, TimeoutError):
                continue
    assert answer(engine) == expected
