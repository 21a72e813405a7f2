"""What `cbe_lib.themes.open_questions` finds of the mechanisms of a sample state."""

import numpy as np

from cbe_lib.themes import open_questions

FROM_SPLIT = {
    "district_variance": "district",
    "school_variance": "school",
    "student_variance": "student",
    "disability_level": "disability",
}


def _row(table, column, name):
    row = table.set_index(column).loc[name]
    return float(row["estimate"]), float(row["conf_low"]), float(row["conf_high"])


def _split(part):
    return lambda tables: _row(open_questions.variance_split(tables["progress"]).table, "part", part)


def _ceiling(term):
    return lambda tables: _row(open_questions.ceiling(tables["progress"]).table, "term", term)


def _log_wait(tables):
    return tuple(np.log(_ceiling("wait_at_cap")(tables)))


RECOVER = {
    **{mechanism: _split(part) for mechanism, part in FROM_SPLIT.items()},
    "cap_share": _ceiling("at_cap"),
    "above_share": _ceiling("at_or_above_1"),
    "cap_wait": _log_wait,
    "hours_catch_up": lambda tables: _row(
        open_questions.service_effect(tables["progress"]).table, "term", "levels_per_hour"
    ),
}
