"""A rater's pages: where I am, one criterion at a time, hand in."""

from __future__ import annotations

import contextlib
from datetime import date
from typing import Any

from tornado.web import HTTPError

from cbe_lib.errors import CbeError
from cbe_lib.framework import Criterion
from cbe_lib.rate.base import Page, clock
from cbe_lib.store.codes import new_token
from cbe_lib.store.people import Rater, members
from cbe_lib.store.reveals import hand_in, revealed
from cbe_lib.store.sessions import Session
from cbe_lib.store.votes import (
    KINDS,
    NOT_RATED,
    Draft,
    Own,
    Piece,
    RepeatedKeyError,
    Stored,
    Vote,
    own_page,
    own_votes,
    record,
    save_draft,
    withdraw,
)

ANSWER = ("level", "reason")
PIECE = ("text", "kind", "role_group", "supports", "date", "school_id", "since", "link")
FIELDS = (*ANSWER, *(f"piece_{name}" for name in PIECE))
BLANK = dict.fromkeys(FIELDS, "") | {"piece_supports": "+"}


class Overview(Page):
    """All criteria, which of them are saved, and the way to hand in."""

    async def get(self, number: str) -> None:
        """Show them."""
        session, rater = await self.require_rater(number)
        votes = await self.ask(own_votes, self.db, rater)
        people = await self.ask(members, self.db, session)
        first = next((each for each in session.rubric.criteria if each.id not in votes), None)
        token = self.get_cookie(f"cbe_rater_{session.id}")
        self.show(
            "overview.html",
            session=session,
            rater=rater,
            votes=votes,
            first=first,
            people=people,
            me=next(each for each in people if each.name == rater.name),
            shown=await self.ask(revealed, self.db, session),
            personal=f"{self.request.protocol}://{self.request.host}/s/{session.id}/me/rate/{token}",
            clock=clock,
            saved=votes.get(self.get_query_argument("after", "")),
        )


class HandIn(Page):
    """I have finished."""

    async def post(self, number: str) -> None:
        """Note it; what is not rated stays not rated."""
        _, rater = await self.require_rater(number)
        await self.ask(hand_in, self.db, rater)
        self.go(f"/s/{number}/rate")


class Rate(Page):
    """One criterion: the question, evidence, the levels, the reason."""

    async def get(self, number: str, criterion_id: str) -> None:
        """Show what this rater has stored, or has typed since."""
        session, rater = await self.require_rater(number)
        criterion = _criterion(session, criterion_id)
        seen = await self.ask(own_page, self.db, session, rater, criterion.id)
        vote, draft = seen.votes.get(criterion.id), seen.draft
        stored = {"level": vote.level, "reason": vote.reason} if vote else {}
        returned = None
        if draft and _newer(draft, vote):
            stored, returned = draft.fields, clock(draft.at)
        self._form(session, rater, criterion, seen, BLANK | stored, returned=returned)

    async def post(self, number: str, criterion_id: str) -> None:
        """Store vote and evidence together; on a mistake, keep what was typed."""
        session, rater = await self.require_rater(number)
        criterion = _criterion(session, criterion_id)
        fields = {name: self.typed(name) for name in FIELDS}
        wish = self.typed("do")
        try:
            await self._store(session, rater, criterion, fields, alone=wish == "piece")
        except CbeError as problem:
            with contextlib.suppress(CbeError):  # too long even for a draft
                await self.ask(save_draft, self.db, session, rater, criterion.id, fields)
            key = new_token() if isinstance(problem, RepeatedKeyError) else self.typed("key")
            seen = await self.ask(own_page, self.db, session, rater, criterion.id)
            self._form(session, rater, criterion, seen, fields, problem=str(problem), key=key)
            return
        following = _neighbor(session, criterion, 1) if wish == "next" else criterion
        place = f"rate/{following.id}" if following else "rate"
        self.go(f"/s/{number}/{place}" + (f"?after={criterion.id}" if wish != "piece" else "#evidence"))

    async def _store(
        self, session: Session, rater: Rater, criterion: Criterion, fields: dict[str, str], *, alone: bool
    ) -> None:
        key = self.typed("key")
        seen = any(fields[f"piece_{name}"].strip() for name in ("text", "link"))
        pieces = [_piece(criterion, fields, f"{key} evidence")] if seen else []
        if alone and not pieces:
            raise CbeError.build("There is no evidence to add yet", advice="Write what you saw, read or heard")
        if not alone and not fields["level"]:
            raise CbeError.build(
                "Choose a level, or “Not seen”", advice="What you typed is kept on this page, but is not a vote yet"
            )
        votes = [] if alone else [Vote(criterion.id, fields["level"], fields["reason"], key)]
        await self.ask(record, self.db, session, rater, votes=votes, pieces=pieces)
        if alone:
            rest = {name: fields[name] for name in ANSWER}
            await self.ask(save_draft, self.db, session, rater, criterion.id, rest)

    def _form(
        self,
        session: Session,
        rater: Rater,
        criterion: Criterion,
        seen: Own,
        fields: dict[str, str],
        *,
        problem: str | None = None,
        key: str | None = None,
        returned: str | None = None,
    ) -> None:
        after = self.get_query_argument("after", "")
        self.show(
            "rate.html",
            400 if problem else 200,
            session=session,
            rater=rater,
            criterion=criterion,
            dimension=next(each for each in session.rubric.dimensions if each.id == criterion.dimension),
            levels=list(zip(session.rubric.levels, criterion.descriptors, session.rubric.level_rules, strict=True)),
            not_rated=NOT_RATED,
            kinds=KINDS,
            fields=fields,
            key=key or new_token(),
            votes=seen.votes,
            vote=seen.votes.get(criterion.id),
            closed=bool(seen.shown) and criterion.id in seen.votes,
            shown=seen.shown,
            pieces=seen.pieces,
            problem=problem,
            returned=returned,
            saved=seen.votes.get(after),
            previous=_neighbor(session, criterion, -1),
            following=_neighbor(session, criterion, 1),
            place=[each.id for each in session.rubric.criteria].index(criterion.id) + 1,
            today=date.today().isoformat(),
            clock=clock,
        )


class KeepDraft(Page):
    """What is typed and not yet saved, sent by the page itself every few seconds."""

    async def post(self, number: str, criterion_id: str) -> None:
        """Keep it, and say since when."""
        session, rater = await self.require_rater(number)
        fields = {name: self.typed(name) for name in FIELDS}
        try:
            at = await self.ask(save_draft, self.db, session, rater, criterion_id, fields)
        except CbeError as problem:
            self.set_status(400)
            self.finish({"problem": str(problem)})
            return
        self.finish({"kept": clock(at)})


class Withdraw(Page):
    """Take back a piece of my evidence."""

    async def post(self, number: str, criterion_id: str) -> None:
        """Mark it; nothing is deleted."""
        session, rater = await self.require_rater(number)
        criterion = _criterion(session, criterion_id)
        await self.ask(withdraw, self.db, session, rater, self.typed("evidence_id"))
        self.go(f"/s/{number}/rate/{criterion.id}#evidence")


def _newer(draft: Draft, vote: Stored | None) -> bool:
    """Tell whether something was typed after the vote was saved."""
    typed = any(draft.fields.get(name) for name in FIELDS if name != "piece_supports")
    return typed and (vote is None or vote.at < draft.at)


def _criterion(session: Session, criterion_id: str) -> Criterion:
    try:
        return session.rubric.criterion(criterion_id)
    except CbeError:
        raise HTTPError(404) from None


def _neighbor(session: Session, criterion: Criterion, step: int) -> Criterion | None:
    everything = session.rubric.criteria
    place = [each.id for each in everything].index(criterion.id) + step
    return everything[place] if 0 <= place < len(everything) else None


def _piece(criterion: Criterion, fields: dict[str, str], key: str) -> Piece:
    given: dict[str, Any] = {name: fields[f"piece_{name}"] for name in PIECE}
    if not given["kind"]:
        raise CbeError.build("Say what kind of evidence this is", advice="Choose one from the list")
    given |= {name: _day(given[name]) for name in ("date", "since")} | {"supports": given["supports"] or "+"}
    return Piece(criterion.id, key=key, **given)


def _day(typed: str) -> date | None:
    if not typed.strip():
        return None
    try:
        return date.fromisoformat(typed.strip())
    except ValueError:
        raise CbeError.build("A day must be written as 2026-05-04", found=f"Found {typed.strip()[:40]!r}") from None
