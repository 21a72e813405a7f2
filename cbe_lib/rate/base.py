"""What all pages share: who is asking, safe headers, plain words when something goes wrong."""

from __future__ import annotations

import asyncio
import functools
import hmac
from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from typing import Any, ParamSpec, TypeVar

from tornado.log import app_log
from tornado.web import HTTPError, RequestHandler

from cbe_lib.errors import CbeError
from cbe_lib.rate.guard import names_loopback
from cbe_lib.store.codes import hashed, new_token
from cbe_lib.store.database import Database, StoreError
from cbe_lib.store.people import Rater, rater_with
from cbe_lib.store.reveals import HiddenError
from cbe_lib.store.sessions import Session, find_session, is_lead, session_with

P = ParamSpec("P")
R = TypeVar("R")
COOKIE_DAYS = 60
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    # A page that comes back by the back button must show what is stored, not what was typed.
    "Cache-Control": "no-store",
}
PLAIN = {
    400: "Something in this request could not be read. Go back, and try again.",
    403: "This form was open for too long, or your browser keeps no cookies. Go back, reload the page, and try again.",
    404: "There is no such page, or it is not open to you.",
    405: "This address cannot be used like that. Go back to the first page.",
    413: "This is too large to be taken.",
    503: "The ratings cannot be reached just now, so nothing of this step was saved. Go back, and try again.",
    500: "Something went wrong on our side. What was acknowledged as saved is safe. Go back, and try again.",
}


class Page(RequestHandler):
    """A page of the rating server."""

    def set_default_headers(self) -> None:
        """Forbid scripts and styles of others, framing, guessing of types, and keeping pages."""
        self.clear_header("Server")
        for name, value in HEADERS.items():
            self.set_header(name, value)

    def prepare(self) -> None:
        """Let in who came by our own address, with the token of this server if it has one."""
        wanted: str | None = self.settings["access_token"]
        if wanted is None:
            if not names_loopback(self.request.host):
                raise HTTPError(404)
            return
        given, kept = self.get_query_argument("access", None), self.get_cookie("cbe_access")
        self.refuse_guessing()
        if given is not None and hmac.compare_digest(hashed(given), hashed(wanted)):
            self.keep("cbe_access", given)
        elif not hmac.compare_digest(hashed(kept or ""), hashed(wanted)):
            if given is not None or kept is not None:
                self.note_wrong()
            raise HTTPError(404)

    @property
    def db(self) -> Database:
        """The store."""
        return self.settings["db"]

    async def ask(self, function: Callable[P, R], *args: P.args, **options: P.kwargs) -> R:
        """Run what waits for the disk or computes, while others are served."""
        work = functools.partial(function, *args, **options)
        try:
            return await asyncio.get_running_loop().run_in_executor(self.settings["pool"], work)
        except StoreError as problem:
            app_log.error("%s", problem)
            raise HTTPError(503) from None

    def keep(self, name: str, secret: str) -> None:
        """Keep a secret in this browser, out of reach of scripts and of other sites."""
        secure = self.request.protocol == "https"
        self.set_cookie(name, secret, expires_days=COOKIE_DAYS, httponly=True, samesite="Strict", secure=secure)

    def refuse_guessing(self) -> None:
        """Answer 429 to an address that has tried too many wrong codes."""
        if self.settings["attempts"].wait(self.request.remote_ip):
            raise HTTPError(429)

    def note_wrong(self) -> None:
        """Remember that this address has tried a wrong code."""
        self.settings["attempts"].note(self.request.remote_ip)

    async def session_by_code(self, code: str) -> Session:
        """Return the session with this code; answer 404 and count the try if there is none."""
        self.refuse_guessing()
        try:
            return await self.ask(find_session, self.db, code)
        except CbeError:
            self.note_wrong()
            raise HTTPError(404) from None

    async def session(self, number: str) -> Session:
        """Return the session with this number; answer 404 if there is none."""
        known = self.settings["sessions"]  # rows never change, so what was read once holds
        if number not in known:
            found = await self.ask(session_with, self.db, int(number))
            if found is None:
                raise HTTPError(404)
            known[number] = found
        return known[number]

    async def rater(self, session: Session) -> Rater | None:
        """Return the rater of this session who is asking."""
        token = self.get_cookie(f"cbe_rater_{session.id}")
        if not token:
            return None
        known, seat = self.settings["raters"], (session.id, hashed(token))
        if seat not in known:
            found = await self.ask(rater_with, self.db, session, token)
            if found is None:
                return None
            known[seat] = found
        return known[seat]

    async def leads(self, session: Session) -> bool:
        """Tell whether the lead of this session is asking."""
        token = self.get_cookie(f"cbe_lead_{session.id}")
        return bool(token) and await self.ask(is_lead, self.db, session, token or "")

    async def require_rater(self, number: str) -> tuple[Session, Rater]:
        """Return session and rater; what belongs to others does not exist for who asks."""
        session = await self.session(number)
        rater = await self.rater(session)
        if rater is None:
            raise HTTPError(404)
        return session, rater

    async def require_lead(self, number: str) -> Session:
        """Return the session that the asking person leads."""
        session = await self.session(number)
        if not await self.leads(session):
            raise HTTPError(404)
        return session

    def typed(self, name: str, most: int = 20_000) -> str:
        """Return a field of the form."""
        return self.get_body_argument(name, "", strip=False)[:most]

    def show(self, template: str, status: int = 200, **names: Any) -> None:
        """Write a page."""
        self.set_status(status)
        page = self.settings["pages"].get_template(template)
        common = {"xsrf": self.xsrf_token.decode(), "new_key": new_token, "css": self.static_url("rate.css")}
        self.finish(page.render(common | {"js": self.static_url("rate.js")} | names))

    def go(self, address: str) -> None:
        """Send the browser on, so that reloading the next page sends no form again."""
        self.redirect(address, status=303)

    def write_error(self, status_code: int, **options: Any) -> None:
        """Say in plain words what went wrong; never a traceback, never whether something exists."""
        problem = options.get("exc_info", (None, None, None))[1]
        if isinstance(problem, HiddenError):
            self.show("problem.html", 403, title="Not yet", message=str(problem), again=None, kind="note")
            return
        if isinstance(problem, CbeError):
            status_code, message = 400, str(problem)
        else:
            message = self._plain(status_code)
        again = self.request.path if status_code == 404 and self.request.method == "GET" else None
        self.show("problem.html", status_code, title="This did not work", message=message, again=again, kind="problem")

    def _plain(self, status_code: int) -> str:
        if status_code != 429:
            return PLAIN.get(status_code, HTTPStatus(status_code).phrase)
        wait = self.settings["attempts"].wait(self.request.remote_ip)
        self.set_header("Retry-After", str(wait))
        return f"Too many wrong codes came from here. Wait {-(-wait // 60)} minutes, then try again."

    def log_exception(self, kind: Any, value: Any, trace: Any) -> None:
        """Log what went wrong on our side only, and no address: it may hold a code or a token."""
        if not isinstance(value, (CbeError, HTTPError)):
            app_log.error("A page failed: %s", type(self).__name__, exc_info=(kind, value, trace))


class Missing(Page):
    """Any other address."""

    def prepare(self) -> None:
        """Answer that there is no such page."""
        super().prepare()
        raise HTTPError(404)


def clock(at: datetime) -> str:
    """Write a moment as people say it: the time today, else day and time."""
    here = at.astimezone()
    same_day = here.date() == datetime.now().astimezone().date()
    return here.strftime("%H:%M:%S" if same_day else "%B %d, %H:%M").replace(" 0", " ")
