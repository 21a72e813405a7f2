"""The series as a map, a claim as a card, and the parts of the definition on four levels."""

from __future__ import annotations

import textwrap

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cbe_lib.framework import Claim, read_series
from cbe_lib.plots import canvas
from cbe_lib.plots.small_print import small_print
from cbe_lib.rubric import Rubric
from cbe_lib.themes.series import ClaimRegister, DefinitionCheck, SeriesMap

SIDE = 1.35
KINDS = {"observation": "somebody saw it", "hypothesis": "could be tested", "recommendation": "do this"}


def draw_series(result: SeriesMap, *, ax: Axes) -> Axes:
    """Where in the change do these articles stand?

    Parameters
    ----------
    result : SeriesMap
        From `series.articles`.
    ax : matplotlib Axes
        A square for each of the 23 articles, in the row of its stage, is added to it; the chosen ones are filled; and
        it is returned.
    """
    chosen = set(result.table["number"])
    stages = list(dict.fromkeys(article.stage for article in read_series()))
    places = dict.fromkeys(stages, 0)
    for article in read_series():
        x, y = places[article.stage], stages.index(article.stage)
        places[article.stage] += 1
        filled = article.number in chosen
        face, letters = (canvas.CURVE, "white") if filled else ("white", canvas.INK)
        ax.plot(x, y, "s", markersize=17, color=canvas.CURVE if filled else canvas.FAINT, markerfacecolor=face)
        ax.text(x, y, str(article.number), ha="center", va="center", fontsize=8.5, color=letters)
    ax.set_yticks(range(len(stages)), stages, fontsize=9)
    ax.set(xlim=(-0.6, max(places.values()) - 0.4), ylim=(len(stages) - 0.4, -0.6), xticks=[])
    ax.tick_params(axis="y", length=0)
    ax.spines[:].set_visible(False)
    return ax


def series_figure(result: SeriesMap, *, width: float = canvas.PAGE[0]) -> Figure:
    """Which of the 23 articles deal with this? The picture of `draw_series`, titled, as a detached figure.

    Examples
    --------
    >>> from cbe_lib.themes import series
    >>> series_figure(series.articles(stage="improving")).axes[0].get_title(loc="left")
    '2 of 23 articles'
    """
    height, below, above = 2.6, 0.1, 0.4
    figure = Figure(figsize=(width, height))
    ax = figure.add_axes(
        (SIDE / width, below / height, (width - SIDE - 0.1) / width, (height - below - above) / height)
    )
    draw_series(result, ax=ax)
    canvas.titled(ax, f"{len(result.table)} of {len(read_series())} articles", outdent=SIDE - 0.15)
    return small_print(figure, "Numbers: place in the series. Stages: our reading of the contents page of the paper.")


def draw_claims(result: ClaimRegister, *, ax: Axes) -> Axes:
    """How many claims are observations, hypotheses and recommendations?

    Parameters
    ----------
    result : ClaimRegister
        From `series.claims`.
    ax : matplotlib Axes
        A bar for each kind, parted by post, is added to it, and it is returned.
    """
    posts = result.table["id"].str[0]
    start = np.zeros(len(KINDS))
    for post, color in (("A", canvas.CURVE), ("B", canvas.BAND)):
        counts = result.table.loc[posts == post, "kind"].value_counts().reindex(list(KINDS), fill_value=0).to_numpy()
        ax.barh(range(len(KINDS)), counts, left=start, height=0.55, color=color, label=f"post {post}")
        start += counts
    for place, total in enumerate(start):
        ax.text(total + 0.3, place, f"{total:.0f}", va="center", fontsize=9)
    ax.set_yticks(range(len(KINDS)), [f"{kind}\n({meaning})" for kind, meaning in KINDS.items()], fontsize=9)
    ax.set(xlim=(0, max(float(start.max()), 1.0) * 1.12), ylim=(len(KINDS) - 0.5, -0.5), xticks=[])
    ax.tick_params(axis="y", length=0)
    ax.spines[:].set_visible(False)
    return ax


def claims_figure(result: ClaimRegister, *, width: float = canvas.PAGE[0]) -> Figure:
    """What kinds of statements are these claims? The picture of `draw_claims`, titled, as a detached figure.

    Examples
    --------
    >>> from cbe_lib.themes import series
    >>> claims_figure(series.claims()).axes[0].get_title(loc="left")
    '39 claims, and not one finding'
    """
    height, below, above = 2.3, 0.1, 0.4
    figure = Figure(figsize=(width, height))
    ax = figure.add_axes(
        (SIDE / width, below / height, (width - SIDE - 0.1) / width, (height - below - above) / height)
    )
    draw_claims(result, ax=ax)
    canvas.titled(ax, f"{len(result.table)} claims, and not one finding", outdent=SIDE - 0.15)
    return small_print(figure, 'Dark: "Three Ways Districts Stumble"; light: "Reflections on Accelerating".')


def card_figure(claim: Claim, *, width: float = canvas.PAGE[0]) -> Figure:
    """What does this claim say, and what would speak for it and against it? As a card to print and cut out.

    Parameters
    ----------
    claim : Claim
        From `framework.claim`.
    width : float
        Inches.

    Examples
    --------
    >>> from cbe_lib.framework import claim
    >>> card_figure(claim("B12")).texts[0].get_text()
    'B12, a hypothesis'
    """
    article = "an" if claim.kind == "observation" else "a"
    parts = [(f"{claim.id}, {article} {claim.kind}", 12.0, "bold"), (claim.claim, 11.0, "normal")]
    for head, text in (("Would speak for it", claim.confirmed_by), ("Would speak against it", claim.refuted_by)):
        parts += [(head, 9.0, "bold"), (text, 9.5, "normal")]
    lines = [(textwrap.wrap(text, int((width - 0.5) * 130 / size)), size, weight) for text, size, weight in parts]
    height = 0.3 + sum(len(each) * size * 0.019 + 0.08 for each, size, _ in lines)
    figure = Figure(figsize=(width, height))
    figure.add_axes((0, 0, 1, 1)).set_axis_off()  # notebooks show no figure without axes
    top = height - 0.15
    for wrapped, size, weight in lines:
        at = (0.2 / width, top / height, "\n".join(wrapped))
        figure.text(*at, fontsize=size, fontweight=weight, va="top", color=canvas.INK)
        top -= len(wrapped) * size * 0.019 + 0.08
    return small_print(figure, f"{claim.label}. Put to the test by {claim.test}.")


def draw_definition(result: DefinitionCheck, rubric: Rubric, *, ax: Axes) -> Axes:
    """On which level does a district practice each part of the definition?

    Parameters
    ----------
    result : DefinitionCheck
        From `series.definition`.
    rubric : Rubric
        The instrument behind the scores; `scores.rubric`.
    ax : matplotlib Axes
        A dot for each part, at the level of its weakest criterion, is added to it, and it is returned; what cannot be
        told says so.
    """
    for place, row in enumerate(result.table.to_dict("records")):
        ax.axhline(place, color=canvas.FAINT, linewidth=0.6, zorder=0)
        if row["level"]:
            ax.plot(rubric.levels.index(row["level"]), place, "o", color=canvas.CURVE, markersize=9)
            continue
        said = "cannot tell: no criterion rated"
        ax.text(0, place, said, fontsize=8.3, style="italic", va="center", backgroundcolor="white")
    ax.set_yticks(range(len(result.table)), list(result.table["part"]), fontsize=9)
    ax.set_xticks(range(len(rubric.levels)), [_lower(at, name) for at, name in enumerate(rubric.levels)], fontsize=8.5)
    ax.set(xlim=(-0.3, len(rubric.levels) - 0.6), ylim=(len(result.table) - 0.5, -0.5))
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    return ax


def _lower(place: int, name: str) -> str:
    return f"\n{name}" if place % 2 else name  # on two lines in turn, so that long names do not meet


def definition_figure(result: DefinitionCheck, rubric: Rubric, *, width: float = canvas.PAGE[0]) -> Figure:
    """In what ways is this district competency-based? The picture of `draw_definition`, titled, as a detached figure.

    Examples
    --------
    >>> import pandas as pd
    >>> from cbe_lib import rubric
    >>> from cbe_lib.themes import series
    >>> visit = pd.DataFrame({"district_id": "01", "criterion_id": ["D6.2"], "rater": "Ana", "level": "Emerging"})
    >>> scores = rubric.score(visit)
    >>> definition_figure(series.definition(scores, "01"), scores.rubric).axes[0].get_title(loc="left").split(";")[0]
    '1 of 7 parts can be judged'
    """
    left, below, above = 1.85, 0.5, 0.6
    height = 0.28 * len(result.table) + below + above
    figure = Figure(figsize=(width, height))
    box = (left / width, below / height, (width - left - 0.25) / width, (height - below - above) / height)
    ax = figure.add_axes(box)
    draw_definition(result, rubric, ax=ax)
    levels = [rubric.levels.index(level) for level in result.table["level"] if level]
    title = f"{len(levels)} of {len(result.table)} parts can be judged; "
    title += f"{sum(level >= 2 for level in levels)} are {rubric.levels[2]} or higher"
    canvas.titled(ax, title, outdent=left - 0.15)
    return small_print(figure, "Each part is as strong as its weakest criterion. The definition of 2019, in our words.")
