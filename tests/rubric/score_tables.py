"""Small tables of ratings and evidence, written by hand."""

import pandas as pd

from cbe_lib.framework import Criterion, Dimension, Rubric, Rules

FIRM = {"date": "2025-05-01", "supports": "+", "district_id": "Alder", "criterion_id": "D1.1"}


def votes(*levels, **columns):
    """One rater after the other gives a level."""
    cells = {"district_id": "Alder", "criterion_id": "D1.1", "rater": [f"r{each}" for each in range(len(levels))]}
    return pd.DataFrame({**cells, "level": list(levels), **columns})


def pieces(*given):
    """Evidence with ids E1, E2, ...; each piece is a mapping of what differs from a document by teachers."""
    rows = [
        {"evidence_id": f"E{place}", "kind": "document", "role_group": "teacher", **FIRM, **piece}
        for place, piece in enumerate(given, start=1)
    ]
    return pd.DataFrame(rows)


# Two kinds, two role groups, three years, an outside look: nothing holds a level down.
FULL = ({"date": "2022-03-01"}, {"kind": "observation", "role_group": "outside reviewer"})


def own_rubric(criteria=(2, 1), levels=("Low", "Middle", "High"), **rules):
    """A rubric of another shape: so many criteria in each dimension."""
    dimensions = tuple(
        Dimension(
            name, f"Part {name}", "?", tuple(_criterion(f"{name}{each + 1}", name, levels) for each in range(count))
        )
        for name, count in zip("ABCDEFGH", criteria, strict=False)
    )
    return Rubric("Own", "1", "en", tuple(levels), tuple(levels), Rules(**rules), dimensions)


def _criterion(id_, dimension, levels):
    return Criterion(id_, dimension, f"Criterion {id_}", "?", tuple(levels), ("a document",), "a voice", "a sign")
