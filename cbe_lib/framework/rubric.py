"""What a rubric is made of: dimensions, criteria, levels told apart by evidence, and the rules that cap a level."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cbe_lib.errors import unknown_name

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Criterion:
    """One thing to judge, with the evidence that tells its levels apart.

    Attributes
    ----------
    id, dimension : str
        Of the criterion ("D1.1") and of the dimension that it belongs to ("D1").
    name, question : str
        A short label, and what a rater answers.
    descriptors : tuple of str
        What can be seen, heard, read or counted at each level, lowest level first.
    evidence : tuple of str
        What to ask for before or during a visit.
    listen_for, warning_sign : str
        What people who really do it say or do; what shows that it is a show.
    """

    id: str
    dimension: str
    name: str
    question: str
    descriptors: tuple[str, ...]
    evidence: tuple[str, ...]
    listen_for: str
    warning_sign: str


@dataclass(frozen=True)
class Dimension:
    """A group of criteria under one question.

    Attributes
    ----------
    id, name, question : str
        "D1", a short label, and what the criteria answer together.
    criteria : tuple of Criterion
        One or more.
    """

    id: str
    name: str
    question: str
    criteria: tuple[Criterion, ...]


@dataclass(frozen=True)
class Rules:
    """How much evidence a level needs. A rule that is None or empty is not applied.

    Attributes
    ----------
    self_report_kinds : tuple of str
        Kinds of evidence in which people report on themselves.
    self_report_cap : str or None
        Highest level that such evidence alone can reach.
    one_role_group_cap : str or None
        Highest level when only one role group was heard.
    not_all_schools_cap : str or None
        Highest level when not every school was sampled.
    highest_needs_years : float or None
        Years that the evidence for the highest level must span.
    highest_needs_roles : tuple of str
        Role groups of which one must have looked before the highest level is given.
    highest_cap : str or None
        Level given instead of the highest one when years or roles are missing.
    tentative_below, do_not_report_below : float or None
        Agreement of raters, 0 to 1, below which a criterion is called tentative, and below which it is not reported.
    double_share : float or None
        Share of the ratings, 0 to 1, that two raters must give independently.
    """

    self_report_kinds: tuple[str, ...] = ()
    self_report_cap: str | None = None
    one_role_group_cap: str | None = None
    not_all_schools_cap: str | None = None
    highest_needs_years: float | None = None
    highest_needs_roles: tuple[str, ...] = ()
    highest_cap: str | None = None
    tentative_below: float | None = None
    do_not_report_below: float | None = None
    double_share: float | None = None


@dataclass(frozen=True, repr=False)
class Rubric:
    """A versioned instrument: what to judge, on which levels, under which rules of evidence.

    Attributes
    ----------
    title, version, language : str
        Name the version beside every result, so that later readers know which words the raters had.
    levels, level_rules : tuple of str
        The scale, lowest first, and what each level means whatever the criterion.
    rules : Rules
        Caps on levels, and the agreement that raters must reach.
    dimensions : tuple of Dimension
        In the order of the file.
    """

    title: str
    version: str
    language: str
    levels: tuple[str, ...]
    level_rules: tuple[str, ...]
    rules: Rules
    dimensions: tuple[Dimension, ...]

    @property
    def criteria(self) -> tuple[Criterion, ...]:
        """Every criterion, in the order of the file."""
        return tuple(criterion for dimension in self.dimensions for criterion in dimension.criteria)

    def criterion(self, criterion_id: str) -> Criterion:
        """Return the criterion with this id; raise UnknownNameError, naming the nearest, if there is none."""
        found = {criterion.id: criterion for criterion in self.criteria}
        if criterion_id not in found:
            raise unknown_name("criterion", criterion_id, found)
        return found[criterion_id]

    @property
    def table(self) -> pd.DataFrame:
        """A row for each criterion: its dimension, one column a level, evidence, listen-for and warning sign."""
        import pandas as pd

        return pd.DataFrame(
            [
                {
                    "dimension": dimension.id,
                    "dimension_name": dimension.name,
                    "criterion_id": criterion.id,
                    "criterion": criterion.name,
                    **dict(zip(self.levels, criterion.descriptors, strict=True)),
                    "evidence": "; ".join(criterion.evidence),
                    "listen_for": criterion.listen_for,
                    "warning_sign": criterion.warning_sign,
                }
                for dimension in self.dimensions
                for criterion in dimension.criteria
            ]
        )

    def _headline(self) -> str:
        sizes = f"{len(self.dimensions)} dimensions, {len(self.criteria)} criteria"
        return f"{self.title}, version {self.version}: {sizes}, levels {' < '.join(self.levels)}"

    def __repr__(self) -> str:
        lines = [f"{each.id}  {each.name} ({len(each.criteria)}): {each.question}" for each in self.dimensions]
        return "\n".join([self._headline(), *lines])

    def _repr_html_(self) -> str:
        rows = "".join(
            f'<tr><td style="text-align: left">{html.escape(each.id)} {html.escape(each.name)}</td>'
            f'<td style="text-align: left">{html.escape("; ".join(one.name for one in each.criteria))}</td></tr>'
            for each in self.dimensions
        )
        head = "<thead><tr><th>Dimension</th><th>Criteria</th></tr></thead>"
        return f"<p>{html.escape(self._headline())}</p><table>{head}<tbody>{rows}</tbody></table>"
