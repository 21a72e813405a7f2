"""The rating server: pages that need neither a kernel nor JavaScript."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from os import PathLike
from pathlib import Path
from typing import Any

import jinja2
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application

from cbe_lib.errors import CbeError
from cbe_lib.framework import Rubric
from cbe_lib.rate import books, joining, leading, rating
from cbe_lib.rate.base import Missing
from cbe_lib.rate.guard import Attempts, is_loopback
from cbe_lib.store import connect
from cbe_lib.store.codes import new_token
from cbe_lib.store.database import PLACE, Database

HERE = Path(__file__).parent
PORT = 8867
MOST_SENT = 2 * 2**20  # bytes of one request: a filled workbook has some 50,000
PATIENCE = 120.0  # seconds for the head of a request, and for its body
THREADS = 4  # on two cores; more of them keep each other and the answers waiting
ONE, CRITERION, TOKEN = r"/s/(\d{1,9})", r"/rate/([^/]{1,200})", r"([A-Za-z0-9_-]{43})"
PAGES: list[tuple[str, Any]] = [
    (r"/", joining.Home),
    (r"/open", joining.Open),
    (r"/join/([^/]{1,60})", joining.Join),
    (rf"{ONE}/me/(rate|lead)/{TOKEN}", joining.Personal),
    (rf"{ONE}/rate", rating.Overview),
    (rf"{ONE}/hand-in", rating.HandIn),
    (rf"{ONE}/workbook", books.Workbook),
    (rf"{ONE}{CRITERION}", rating.Rate),
    (rf"{ONE}{CRITERION}/draft", rating.KeepDraft),
    (rf"{ONE}{CRITERION}/withdraw", rating.Withdraw),
    (rf"{ONE}/lead", leading.Lead),
    (rf"{ONE}/show", leading.Show),
    (rf"{ONE}/results", leading.Results),
    (rf"{ONE}/agree", leading.Agree),
    (rf"{ONE}/session.xlsx", books.Tables),
]


def application(
    db: Database, *, access_token: str | None = None, rubric: Rubric | None = None, attempts: Attempts | None = None
) -> Application:
    """Build the server's application over an opened store."""
    pages = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return Application(
        PAGES,
        default_handler_class=Missing,
        static_path=str(HERE / "static"),
        static_url_prefix="/static/",
        xsrf_cookies=True,
        xsrf_cookie_name="cbe_xsrf",
        xsrf_cookie_kwargs={"httponly": True, "samesite": "Strict"},
        log_function=lambda handler: None,  # addresses hold codes and tokens
        db=db,
        pages=pages,
        pool=ThreadPoolExecutor(THREADS, thread_name_prefix="store"),
        attempts=attempts or Attempts(),
        sessions={},
        raters={},
        access_token=access_token,
        rubric=rubric,
    )


def serve(
    place: str | PathLike[str] = PLACE,
    *,
    host: str = "127.0.0.1",
    port: int = PORT,
    token: str | None = None,
    rubric: Rubric | None = None,
    tell: Callable[[str], None] = print,
) -> None:
    """Where can a team rate together? Serves the pages until interrupted, and tells their address.

    Parameters
    ----------
    place : str or path
        A SQLite file, or the address of a PostgreSQL database: see `store.connect`.
    host : str, default "127.0.0.1"
        Address to listen on. Any other than this machine's own needs a token.
    port : int, default 8867
        Port to listen on.
    token : str, optional
        At least 16 letters, digits, - or _; part of every address that is given out. "new" draws one.
    rubric : Rubric, optional
        For the sessions that are opened on the pages.
    tell : callable
        Is given the address.

    Raises
    ------
    CbeError
        For another host without a token, a short token, a store that cannot be opened, a port in use.

    Examples
    --------
    >>> serve("visits.db", host="0.0.0.0")
    Traceback (most recent call last):
    cbe_lib.errors.CbeError: Other machines could reach the server at 0.0.0.0. It has no token...
    """
    access = checked_token(host, token)
    db = connect(place)
    try:
        asyncio.run(_run(application(db, access_token=access, rubric=rubric), host, port, access, tell))
    finally:
        db.close()


def checked_token(host: str, token: str | None) -> str | None:
    """Return the token that requests need; raise CbeError where one is needed and missing, or could be guessed."""
    if token is None and not is_loopback(host):
        raise CbeError.build(
            f"Other machines could reach the server at {host}",
            found="It has no token",
            advice="Pass --token new to have one drawn, and give the team the address that is printed",
        )
    if token == "new":
        return new_token()
    if token is not None and not (len(token) >= 16 and token.replace("-", "").replace("_", "").isalnum()):
        raise CbeError.build("This token could be guessed or does not fit an address", advice="Pass --token new")
    return token


def listener(pages: Application, patience: float = PATIENCE) -> HTTPServer:
    """Build what listens: nobody sends without end, or holds a connection for `patience` seconds without asking."""
    return HTTPServer(
        pages,
        max_body_size=MOST_SENT,
        max_buffer_size=4 * MOST_SENT,
        idle_connection_timeout=patience,
        body_timeout=patience,
    )


async def _run(pages: Application, host: str, port: int, access: str | None, tell: Callable[[str], None]) -> None:
    try:
        sockets = bind_sockets(port, host)
    except OSError as error:
        raise CbeError.build(
            f"The server cannot listen on {host}, port {port}", found=str(error), advice="Try another --port"
        ) from None
    server = listener(pages)
    server.add_sockets(sockets)
    tell(f"http://{f'[{host}]' if ':' in host else host}:{port}/" + (f"?access={access}" if access else ""))
    pages.settings["pool"].submit(importlib.import_module, "cbe_lib.rubric")  # so that the first results come at once
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # Windows
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await stop.wait()
    server.stop()
    await server.close_all_connections()
    pages.settings["pool"].shutdown()
