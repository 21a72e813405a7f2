"""Possible hosts of a visit: how near they are, and in how many dimensions they have surely come further."""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from cbe_lib.plots import canvas

NAMED = 4
FURTHER = "further"


def draw_hosts(found: Any, *, ax: Axes, farthest: float | None = None) -> Axes:
    """Who is near, and who has come further? Adds to `ax` a stem for each rated district.

    The stem goes up by the dimensions that are surely further and down by those surely behind; a hollow dot on the
    line says that nothing can be told. Districts to the right are less alike in size and need.

    Parameters
    ----------
    found : Hosts
        From `cbe_lib.brief.hosts`.
    ax : matplotlib Axes
        Added to and returned.
    farthest : float, optional
        Distance beyond which a host is drawn in grey.
    """
    rows = found.table.dropna(subset=["distance"])
    limit = float("inf") if farthest is None else farthest
    for row in rows.to_dict("records"):
        color = canvas.CURVE if row["distance"] <= limit else canvas.FAINT
        ax.plot([row["distance"]] * 2, [-row["behind"], row["ahead"]], color=color, linewidth=2.5, zorder=2)
        told = row["ahead"] > 0 or row["behind"] > 0
        ends = [end for end in (row["ahead"], -row["behind"]) if end] or [0]
        ax.plot(
            [row["distance"]] * len(ends), ends, "o", color=color, markerfacecolor=color if told else "white", zorder=3
        )
    _name(ax, rows[(rows["standing"] == FURTHER) & (rows["distance"] <= limit)].head(NAMED))
    _dress(ax, rows, farthest)
    return ax


def hosts_figure(found: Any, *, farthest: float | None = None, size: tuple[float, float] = canvas.PAGE) -> Figure:
    """Build the picture of `draw_hosts` as a detached figure; its title counts the hosts."""
    figure, ax = canvas.page(size=size)
    draw_hosts(found, ax=ax, farthest=farthest)
    near = found.table[found.table["standing"] == FURTHER]
    near = near if farthest is None else near[near["distance"] <= farthest]
    title = f"{len(near)} of {len(found.table)} rated districts surely further in a dimension, behind in none"
    return canvas.finish(figure, title if farthest is None else f"{title}, within {farthest:g}")


def _name(ax: Axes, rows: Any) -> None:
    for place, row in enumerate(rows.sort_values("distance").to_dict("records")):
        ax.annotate(
            str(row["name"]).removesuffix(" (synthetic)")[:18].replace("$", r"\$"),
            (row["distance"], row["ahead"]),
            xytext=(-2, 5 + 11 * (place % 2)),
            textcoords="offset points",
            ha="right",
            fontsize=8.5,
            color=canvas.INK,
        )


def _dress(ax: Axes, rows: Any, farthest: float | None) -> None:
    ax.axhline(0, color=canvas.INK, linewidth=0.8, zorder=1)
    if farthest is not None:
        ax.axvline(farthest, color=canvas.PROJECTED, linestyle=(0, (5, 2.5)), linewidth=1.2, zorder=1)
    low, high = (float(rows[name].max()) if len(rows) else 0.0 for name in ("behind", "ahead"))
    ax.set_ylim(-low - 1, high + 2)
    ax.set_xlim(0, max(float(rows["distance"].max()) if len(rows) else 1.0, farthest or 0) * 1.08 + 0.1)
    ax.set_xlabel("Distance in size and need (standard deviations)", fontsize=10, color=canvas.INK)
    canvas.measured(ax, "Dimensions surely further (up) or behind (down)")
    ax.yaxis.set_major_locator(MaxNLocator(5, integer=True))
