"""The lead's pages: who has handed in, showing the votes, and what the team agrees on."""

from __future__ import annotations

from tornado.web import HTTPError

from cbe_lib.errors import CbeError
from cbe_lib.rate.base import Page, clock
from cbe_lib.rate.summary import summarize
from cbe_lib.store.agreed import agree
from cbe_lib.store.people import members
from cbe_lib.store.reveals import reveal, revealed


class Lead(Page):
    """Who has joined and who has handed in; nothing about their votes."""

    async def get(self, number: str) -> None:
        """Show it, with the address to join at."""
        session = await self.require_lead(number)
        people = await self.ask(members, self.db, session)
        here = f"{self.request.protocol}://{self.request.host}"
        access = self.settings["access_token"]
        end = f"?access={access}" if access else ""
        token = self.get_cookie(f"cbe_lead_{session.id}")
        self.show(
            "lead.html",
            session=session,
            people=people,
            waiting=[each for each in people if each.handed_in is None],
            shown=await self.ask(revealed, self.db, session),
            address=f"{here}/join/{session.code}{end}",
            personal=f"{here}/s/{session.id}/me/lead/{token}{end}",
            clock=clock,
        )


class Show(Page):
    """Show the votes to everybody in the session."""

    async def post(self, number: str) -> None:
        """Do so; it cannot be undone."""
        session = await self.require_lead(number)
        if self.typed("sure") != "yes":
            raise CbeError.build(
                "Some raters have not handed in",
                advice="Go back and tick the box if the votes are to be shown all the same",
            )
        await self.ask(reveal, self.db, session, session.lead)
        self.go(f"/s/{number}/results")


class Results(Page):
    """Votes side by side, agreement, severity, talks to have, and what the team agreed on."""

    async def get(self, number: str) -> None:
        """Show them to people of this session, after the reveal."""
        session = await self.session(number)
        leads, rater = await self.leads(session), await self.rater(session)
        if not leads and rater is None:
            raise HTTPError(404)
        summary = await self.ask(summarize, self.db, session)
        self.show("results.html", session=session, summary=summary, leads=leads, rater=rater, clock=clock)


class Agree(Page):
    """Record what the team agreed on."""

    async def post(self, number: str) -> None:
        """Add it beside the votes."""
        session = await self.require_lead(number)
        criterion, level = self.typed("criterion_id"), self.typed("level")
        if not level:
            raise CbeError.build("Choose the level that the team agreed on", advice="Go back and choose one")
        await self.ask(
            agree,
            self.db,
            session,
            criterion,
            level,
            reason=self.typed("reason"),
            author=session.lead,
            key=self.typed("key"),
        )
        self.go(f"/s/{number}/results#{criterion}")
