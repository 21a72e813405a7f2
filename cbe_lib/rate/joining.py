"""Opening a session, joining it, and coming back to it from another device."""

from __future__ import annotations

import re

from tornado.web import HTTPError

from cbe_lib.errors import CbeError
from cbe_lib.rate.base import Page
from cbe_lib.store.codes import tidy_code
from cbe_lib.store.people import join, rater_with
from cbe_lib.store.sessions import Session, is_lead, open_session

SEATS = (("cbe_rater_", "rate"), ("cbe_lead_", "lead"))


class Home(Page):
    """The first page: type a code, go on where you were, or open a session."""

    async def get(self) -> None:
        """Show it."""
        code = self.get_query_argument("code", None)
        if code is not None:
            self.go(f"/join/{tidy_code(code)}")
            return
        self.show("home.html", seats=await self._seats())

    async def _seats(self) -> list[tuple[Session, str]]:
        seats = []
        for name in sorted(self.cookies):
            for start, place in SEATS:
                number = name.removeprefix(start)
                if name.startswith(start) and re.fullmatch(r"[0-9]{1,9}", number):
                    seats += await self._seat(number, place)
        return seats

    async def _seat(self, number: str, place: str) -> list[tuple[Session, str]]:
        try:
            session = await self.session(number)
        except HTTPError:
            return []
        mine = await self.leads(session) if place == "lead" else await self.rater(session)
        return [(session, place)] if mine else []


class Open(Page):
    """Open a session and become its lead."""

    FIELDS = ("district", "wave", "lead", "team_size")

    def get(self) -> None:
        """Show the form."""
        self.show("open.html", fields=dict.fromkeys(self.FIELDS, ""), problem=None)

    async def post(self) -> None:
        """Open it."""
        self.refuse_guessing()
        fields = {name: self.typed(name) for name in self.FIELDS}
        size = fields["team_size"].strip()
        try:
            opened = await self.ask(
                open_session,
                self.db,
                fields["district"],
                lead=fields["lead"],
                wave=fields["wave"],
                team_size=_whole(size) if size else None,
                rubric=self.settings["rubric"],
            )
        except CbeError as problem:
            self.show("open.html", 400, fields=fields, problem=str(problem))
            return
        self.keep(f"cbe_lead_{opened.session.id}", opened.lead_token)
        self.go(f"/s/{opened.session.id}/lead")


def _whole(typed: str) -> int:
    if typed.isdecimal() and len(typed) < 5:
        return int(typed)
    raise CbeError.build("The size of the team must be a whole number", advice="Leave it empty if it is not known yet")


class Join(Page):
    """Join a session with its code."""

    async def get(self, code: str) -> None:
        """Ask for a name."""
        session = await self.session_by_code(code)
        mine = await self.rater(session)
        self.show("join.html", session=session, mine=mine, fields={"name": "", "role": ""}, problem=None)

    async def post(self, code: str) -> None:
        """Take the seat."""
        session = await self.session_by_code(code)
        fields = {"name": self.typed("name"), "role": self.typed("role")}
        try:
            joined = await self.ask(join, self.db, session, fields["name"], fields["role"])
        except CbeError as problem:
            self.show("join.html", 400, session=session, mine=None, fields=fields, problem=str(problem))
            return
        self.keep(f"cbe_rater_{session.id}", joined.token)
        self.go(f"/s/{session.id}/rate")


class Personal(Page):
    """A personal link: take one's seat on another device. A button, so that no other site can seat anybody."""

    async def get(self, number: str, place: str, token: str) -> None:
        """Ask whether to go on."""
        self.show("personal.html", session=await self._seated(number, place, token), place=place)

    async def post(self, number: str, place: str, token: str) -> None:
        """Go on."""
        await self._seated(number, place, token)
        self.keep(f"cbe_{'lead' if place == 'lead' else 'rater'}_{number}", token)
        self.go(f"/s/{number}/{place}")

    async def _seated(self, number: str, place: str, token: str) -> Session:
        self.refuse_guessing()
        session = await self.session(number)
        check = is_lead if place == "lead" else rater_with
        if not await self.ask(check, self.db, session, token):
            self.note_wrong()
            raise HTTPError(404)
        return session
