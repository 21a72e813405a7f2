"""Which helpers learn from each other, and how much of the picture rests on a few ties?"""

from __future__ import annotations

from dataclasses import dataclass

import networkx as nx
import numpy as np
import pandas as pd
from statsmodels.stats.proportion import proportion_confint

from cbe_lib import tables
from cbe_lib.errors import CbeError
from cbe_lib.framework import claim
from cbe_lib.results import Result

DRAWS = 200
LARGE = 150
PIVOTS = 60
FEW = 3
SHARED = "shared practice"


@dataclass(frozen=True, repr=False)
class HelperNetwork(Result):
    """Ties, brokerage and circles of helpers: see `helper_network`.

    Attributes
    ----------
    ties : DataFrame
        one, other, kinds, shared_practice: a row for each pair that is tied.
    whole : DataFrame
        measure, estimate, conf_low, conf_high, n, reason: of the whole network (helpers, districts, ties, components,
        helpers_tied: share of pairs of helpers that are tied, shared: share of ties with a shared practice).
    clear_broker : str
        The helper whose brokerage stays the highest in 95 of 100 draws; "" if none does.
    """

    ties: pd.DataFrame
    whole: pd.DataFrame
    clear_broker: str


def helper_network(
    ties: pd.DataFrame, *, missing: float = 0.2, level: float = 0.95, draws: int = DRAWS, seed: int = 0
) -> HelperNetwork:
    """Who ties the field together, and would the answer stand if some ties had not been reported?

    Parameters
    ----------
    ties : DataFrame
        Table `ties`; whoever gives is a helper, whoever only receives a district. Ties are read in both directions.
    missing : float, between 0 and 1
        Share of ties that are left out at random in each draw, to see what rests on them.
    level : float, between 0 and 1
        Coverage of the ranges and intervals.
    draws : int
        How often ties are left out.
    seed : int
        The same seed gives the same draws.

    Returns
    -------
    HelperNetwork
        `.table`, a row for each helper and district: name, kind, ties (others it is tied to), helpers, districts,
        shared_practices, component (1: the largest), brokerage (share of shortest paths between others that run
        through it), range_low, range_high, highest (share of draws in which it brokers most), reason.

    Raises
    ------
    CbeError
        For an empty table, or one that ties a name to itself.

    Notes
    -----
    Brokerage is betweenness (Freeman, 1977). The range is not a confidence interval: it says how far brokerage moves
    when `missing` of the ties are not known. With fewer than 3 ties a place in the network cannot be told. Networks of
    more than 150 names: brokerage from 60 of them, without ranges.

    References
    ----------
    Freeman, L. C. (1977). A set of measures of centrality based on betweenness. Sociometry, 40.

    Examples
    --------
    >>> from cbe_lib import samples
    >>> found = helper_network(samples.state()["ties"])
    >>> found.table[["name", "kind", "ties", "helpers"]].head(1).to_dict("split")["data"]
    [['H01', 'helper', 11, 4]]
    """
    rows = _checked(ties)
    if not 0 < missing < 1:
        raise CbeError.build("`missing` must lie between 0 and 1", found=f"Found {missing}")
    pairs = _pairs(rows)
    graph = nx.Graph(list(pairs[["one", "other"]].itertuples(index=False, name=None)))
    givers = set(rows["from_id"])
    drawn = _draws(graph, missing, draws, seed) if len(graph) <= LARGE else None
    table = _table(graph, givers, pairs, drawn, level)
    broker = table.loc[table["highest"].fillna(0) >= 0.95, "name"]
    clear = str(broker.iloc[0]) if len(broker) else ""
    whole = _whole(graph, givers, pairs, level)
    notes = (
        claim("B21").label + ".",
        f"Ranges: {missing:.0%} of the ties left out at random, {draws} draws.",
        "A tie that nobody reported looks like no tie; who gives is asked more often than who receives.",
    )
    return HelperNetwork(table, _text(table, whole, clear), notes, None, ties=pairs, whole=whole, clear_broker=clear)


def _checked(ties: pd.DataFrame) -> pd.DataFrame:
    rows = tables.validate(ties, "ties", complete=True)
    if rows.empty:
        raise CbeError.build("`ties` holds no rows", advice="Pass a row for each tie")
    own = rows["from_id"] == rows["to_id"]
    if own.any():
        names = ", ".join(sorted(rows.loc[own, "from_id"].unique()))
        raise CbeError.build(f"`ties` ties {names} to itself", advice="Take those rows out, or correct to_id")
    return rows


def _pairs(rows: pd.DataFrame) -> pd.DataFrame:
    ends = np.sort(rows[["from_id", "to_id"]].to_numpy(dtype=object), axis=1)
    both = pd.DataFrame({"one": ends[:, 0], "other": ends[:, 1], "kind": rows["kind"].to_numpy()})
    pairs = both.groupby(["one", "other"], as_index=False).agg(
        kinds=("kind", lambda each: "; ".join(sorted(set(each))))
    )
    return pairs.assign(shared_practice=pairs["kinds"].str.contains(SHARED))


def _draws(graph: nx.Graph, missing: float, draws: int, seed: int) -> pd.DataFrame:
    """Return brokerage of each name (columns) in each draw (rows)."""
    rng, edges = np.random.default_rng(seed), list(graph.edges)
    rows = []
    for _ in range(draws):
        kept = nx.Graph()
        kept.add_nodes_from(graph)
        kept.add_edges_from(edge for edge, stays in zip(edges, rng.random(len(edges)) >= missing, strict=True) if stays)
        rows.append(nx.betweenness_centrality(kept))
    return pd.DataFrame(rows, columns=list(graph))


def _table(
    graph: nx.Graph, givers: set[str], pairs: pd.DataFrame, draws: pd.DataFrame | None, level: float
) -> pd.DataFrame:
    small = len(graph) <= LARGE
    broker = nx.betweenness_centrality(graph, k=None if small else PIVOTS, seed=0)
    circles = sorted(nx.connected_components(graph), key=lambda names: (-len(names), min(names)))
    number = {name: place for place, names in enumerate(circles, 1) for name in names}
    practices = pairs[pairs["shared_practice"]]
    shared = pd.concat([practices["one"], practices["other"]]).value_counts()
    rows = [
        {
            "name": name,
            "kind": "helper" if name in givers else "district",
            "ties": len(graph[name]),
            "helpers": sum(other in givers for other in graph[name]),
            "districts": sum(other not in givers for other in graph[name]),
            "shared_practices": int(shared.get(name, 0)),
            "component": number[name],
            "brokerage": broker[name],
        }
        for name in graph
    ]
    table = pd.DataFrame(rows).sort_values(["kind", "name"], key=lambda column: column.replace("helper", "a"))
    return _ranged(table.reset_index(drop=True), draws, level)


def _ranged(table: pd.DataFrame, draws: pd.DataFrame | None, level: float) -> pd.DataFrame:
    if draws is None:
        reason = f"range: left out, more than {LARGE} names; pass the ties of one circle"
        return table.assign(range_low=np.nan, range_high=np.nan, highest=np.nan, reason=reason)
    low, high = draws.quantile((1 - level) / 2), draws.quantile((1 + level) / 2)
    top = draws.eq(draws.max(axis=1), axis=0) & draws.max(axis=1).gt(0).to_numpy()[:, None]
    table = table.assign(
        range_low=table["name"].map(low), range_high=table["name"].map(high), highest=table["name"].map(top.mean())
    )
    few = table["ties"] < FEW
    table.loc[few, ["brokerage", "range_low", "range_high", "highest"]] = np.nan
    counted = table["ties"].map(lambda ties: f"{ties} tie{'s' if ties > 1 else ''}")
    table["reason"] = ("cannot tell: its place rests on " + counted).where(few, "")
    return table


def _whole(graph: nx.Graph, givers: set[str], pairs: pd.DataFrame, level: float) -> pd.DataFrame:
    helpers = len(givers)
    among = int((pairs["one"].isin(givers) & pairs["other"].isin(givers)).sum())
    possible = helpers * (helpers - 1) // 2
    everybody = "everybody in the table is counted; who is not in it, is not"
    counts = {
        "helpers": helpers,
        "districts": len(graph) - helpers,
        "ties": len(pairs),
        "components": nx.number_connected_components(graph),
    }
    rows = [(name, float(value), np.nan, np.nan, len(pairs), everybody) for name, value in counts.items()]
    rows.append(_part("helpers_tied", among, possible, level))
    rows.append(_part("shared", int(pairs["shared_practice"].sum()), len(pairs), level))
    return pd.DataFrame(rows, columns=["measure", "estimate", "conf_low", "conf_high", "n", "reason"])


def _part(name: str, count: int, size: int, level: float) -> tuple:
    if not size:
        return name, np.nan, np.nan, np.nan, 0, "cannot tell: only one helper"
    low, high = np.asarray(proportion_confint(count, size, alpha=1 - level, method="beta"))
    return name, count / size, float(low), float(high), size, ""


def _text(table: pd.DataFrame, whole: pd.DataFrame, clear: str) -> str:
    values = whole.set_index("measure")["estimate"]
    parts = int(values["components"])
    known = table[(table["kind"] == "helper") & table["highest"].notna()].sort_values("highest", ascending=False)
    if clear:
        broker = f"{clear} ties it together, and would in nearly every draw with ties left out."
    elif len(known):
        first = known.iloc[0]
        broker = (
            f"{first['name']} brokers most in {first['highest']:.0%} of draws with ties left out: not clear enough."
        )
    else:
        broker = "Who brokers cannot be told from so few ties."
    alone = int((table["ties"] < FEW).sum())
    return (
        f"{values['helpers']:.0f} helpers and {values['districts']:.0f} districts form {parts} "
        f"{'web' if parts == 1 else 'webs apart'} of {values['ties']:.0f} ties, {values['shared']:.0%} of them with a "
        f"shared practice. {broker} The places of {alone} names rest on one or two ties and cannot be told."
    )
