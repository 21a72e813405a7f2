"""What `cbe_lib.themes.rollout` finds of the mechanisms of a sample state."""

from cbe_lib.themes import rollout


def _limits(row):
    return float(row["estimate"]), float(row["conf_low"]), float(row["conf_high"])


def _horizon(tables):
    found = rollout.messages(tables["messages"], answers=tables["survey"], districts=tables["districts"])
    return _limits(found.effect.set_index("term").loc["horizon_share"])


def _families(tables):
    trend = rollout.repeat_survey(tables["survey"], scales=["purpose_clarity"]).trend
    return _limits(trend.set_index("role").loc["family"])


RECOVER = {"horizon_confusion": _horizon, "years_families": _families}
