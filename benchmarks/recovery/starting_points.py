"""What `cbe_lib.themes.starting_points` finds of the mechanisms of a sample state."""

from cbe_lib.themes import starting_points


def _difference(tables, measure):
    found = starting_points.paths(tables["survey"], tables["districts"], messages=tables["messages"]).table
    row = found[(found["measure"] == measure) & (found["term"] == "difference")].iloc[0]
    return float(row["estimate"]), float(row["conf_low"]), float(row["conf_high"])


RECOVER = {
    "start_confusion": lambda tables: _difference(tables, "confusion"),
    "start_grading": lambda tables: _difference(tables, "grading_grasp"),
}
