"""What the theme of purpose finds of the mechanisms planted into the sample state."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from cbe_lib.themes import purpose

Tables = dict[str, pd.DataFrame]
Answer = tuple[float, float, float]


def drift(term: str) -> Callable[[Tables], Answer]:
    def found(tables: Tables) -> Answer:
        row = purpose.citations(tables["decisions"], tables["principles"]).drift.set_index("term").loc[term]
        return row["estimate"], row["conf_low"], row["conf_high"]

    return found


RECOVER = {name: drift(name) for name in ("month_citation", "board_citation")}
