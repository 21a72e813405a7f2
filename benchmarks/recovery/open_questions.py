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


_LAST = {}


def _once(function, tables):
    """Run a function once for all the mechanisms of one state that it answers."""
    if _LAST.get(function, (None,))[0] is not tables:
        _LAST[function] = (tables, function(tables["progress"]).table)
    return _LAST[function][1]


def _split(part):
    return lambda tables: _row(_once(open_questions.variance_split, tables), "part", part)


def _ceiling(term):
    return lambda tables: _row(_once(open_questions.ceiling, tables), "term", term)


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
