"""What a survey is made of: scales, the items that measure them, open questions, and what to ask about the person."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cbe_lib.errors import unknown_name

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Scale:
    """What a group of items measures.

    Attributes
    ----------
    id, name : str
        Stable id for columns of tables, and a short label.
    meaning : str
        What a high score says, and whether that is good news.
    """

    id: str
    name: str
    meaning: str


@dataclass(frozen=True)
class SurveyItem:
    """One closed item.

    Attributes
    ----------
    id, scale : str
        Stable id of the item (the column of its answers), and the scale that it measures.
    text : str
        What the respondent reads.
    reverse : bool
        Whether agreeing means less of the scale: score low + high - answer.
    low, high : int
        Ends of the answer scale.
    forms : tuple of str
        Forms that carry the item.
    """

    id: str
    scale: str
    text: str
    reverse: bool
    low: int
    high: int
    forms: tuple[str, ...]


@dataclass(frozen=True)
class OpenQuestion:
    """A question answered in the respondent's own words: its id, text and forms."""

    id: str
    text: str
    forms: tuple[str, ...]


@dataclass(frozen=True)
class MetaField:
    """What is recorded about a respondent beside the answers: an id, the text to show, and whether it must be given."""

    id: str
    text: str
    required: bool


@dataclass(frozen=True, repr=False)
class Survey:
    """A versioned set of items on a few forms.

    Attributes
    ----------
    title, version, language : str
        Name the version beside every result.
    answers : tuple of str
        Words for the answers of items that run from 1, lowest first.
    forms : tuple of str
        Who answers: one form each.
    scales : tuple of Scale
        What is measured.
    items : tuple of SurveyItem
        Every closed item of every form.
    open_questions : tuple of OpenQuestion
        Answered in words.
    meta : tuple of MetaField
        What is recorded about the respondent.
    """

    title: str
    version: str
    language: str
    answers: tuple[str, ...]
    forms: tuple[str, ...]
    scales: tuple[Scale, ...]
    items: tuple[SurveyItem, ...]
    open_questions: tuple[OpenQuestion, ...]
    meta: tuple[MetaField, ...]

    def items_of(self, form: str) -> tuple[SurveyItem, ...]:
        """Return the closed items of one form, in order; raise UnknownNameError if there is no such form."""
        if form not in self.forms:
            raise unknown_name("form", form, self.forms)
        return tuple(item for item in self.items if form in item.forms)

    @property
    def table(self) -> pd.DataFrame:
        """A row for each closed item: item_id, forms, scale_id, scale, text, reverse, low, high."""
        import pandas as pd

        names = {scale.id: scale.name for scale in self.scales}
        return pd.DataFrame(
            [
                {
                    "item_id": item.id,
                    "forms": ", ".join(item.forms),
                    "scale_id": item.scale,
                    "scale": names[item.scale],
                    "text": item.text,
                    "reverse": item.reverse,
                    "low": item.low,
                    "high": item.high,
                }
                for item in self.items
            ]
        )

    def __repr__(self) -> str:
        forms = ", ".join(f"{form} {len(self.items_of(form))}" for form in self.forms)
        return f"{self.title}, version {self.version}: {len(self.scales)} scales; closed items by form: {forms}"

    def _repr_html_(self) -> str:
        return f"<p>{html.escape(repr(self))}</p>"
