"""What `cbe_lib.themes.ramp_up` finds of the mechanisms of a sample state."""

import numpy as np

from cbe_lib.themes import ramp_up


def _row(table, term="slope"):
    row = table.set_index("term").loc[term]
    return float(row["estimate"]), float(row["conf_low"]), float(row["conf_high"])


def _depth_on(column):
    def recover(tables):
        places = tables["districts"].assign(own_index=column(tables))
        return _row(ramp_up.depth_by_ramp_up(tables["outcomes"], places, index="own_index").table)

    return recover


def _completion(tables):
    asked = tables["reflections"].query("coder == 'A'").groupby("district_id")[["completed", "invited"]].sum()
    share = (asked["completed"] / asked["invited"]).astype(float)
    return tables["districts"]["district_id"].map(share)


RECOVER = {
    "ramp_up_depth": _depth_on(lambda tables: tables["districts"]["ramp_up_months"]),
    "enrollment_depth": _depth_on(lambda tables: np.log2(tables["districts"]["enrollment"].astype(float))),
    "start_depth": _depth_on(lambda tables: tables["districts"]["starting_point"] == "personalized"),
    "strategy_depth": _depth_on(lambda tables: tables["districts"]["strategy"] == "one year"),
    "reflection_depth": _depth_on(_completion),
    "ramp_up_prepared": lambda tables: _row(
        ramp_up.prepared_by_ramp_up(tables["preparations"], tables["districts"]).table
    ),
}
