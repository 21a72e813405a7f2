"""Workbooks over the pages: for visits without network, and for other programs."""

from __future__ import annotations

import io

from cbe_lib.errors import CbeError
from cbe_lib.rate.base import Page
from cbe_lib.store.merging import merge
from cbe_lib.store.workbooks import write_form, write_tables

KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class _Book(Page):
    def send(self, content: bytes, name: str) -> None:
        """Send a workbook to be kept, not shown."""
        self.set_header("Content-Type", KIND)
        self.set_header("Content-Disposition", f'attachment; filename="{name}"')
        self.finish(content)


class Workbook(_Book):
    """A rater's own workbook, out and in."""

    async def get(self, number: str) -> None:
        """Send it, with what is stored so far."""
        session, rater = await self.require_rater(number)
        stream = io.BytesIO()
        await self.ask(write_form, self.db, session, rater, stream)
        self.send(stream.getvalue(), f"rating-{session.id}.xlsx")

    async def post(self, number: str) -> None:
        """Take it in, and say what came of it."""
        session, rater = await self.require_rater(number)
        sent = self.request.files.get("workbook")
        if not sent or not sent[0].body:
            raise CbeError.build("No file was chosen", advice="Go back and choose the workbook")
        merged = await self.ask(merge, self.db, session, io.BytesIO(sent[0].body), rater)
        self.show("merged.html", session=session, merged=merged)


class Tables(_Book):
    """The tables of the session, for its lead, after the reveal."""

    async def get(self, number: str) -> None:
        """Send them."""
        session = await self.require_lead(number)
        stream = io.BytesIO()
        await self.ask(write_tables, self.db, session, stream)
        self.send(stream.getvalue(), f"session-{session.id}.xlsx")
