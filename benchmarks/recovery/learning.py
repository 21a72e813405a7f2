"""What `cbe_lib.themes.learning` finds of the mechanisms of a sample state."""

from cbe_lib.themes import learning


def _limits(table, term):
    row = table.set_index("term").loc[term]
    return float(row["estimate"]), float(row["conf_low"]), float(row["conf_high"])


def _latency(term):
    def analysis(tables):
        adopters = tables["districts"].dropna(subset=["rollout_year"]).set_index("district_id")
        until = {name: f"{year + 2}-06-30" for name, year in adopters["rollout_year"].astype(int).items()}
        found = learning.correction_latency(tables["corrections"], tables["survey"], tables["districts"], until=until)
        return _limits(found.effects, term)

    return analysis


def _time(indicator):
    return lambda tables: _limits(learning.small_wins(tables["indicators"], tables["survey"]).effects, indicator)


def _credit(tables):
    found = learning.constraints(tables["state_rules"], tables["state_actions"]).credit
    return _limits(found, "credited_before")


RECOVER = {
    "safety_latency": _latency("safety"),
    "strategy_latency": _latency("one_year"),
    "time_wins": _time("work returned within a week"),
    # With the one series that really jumps: to leave out what moved would be to choose districts by their outcome.
    "time_attendance": _time("attendance"),
    "credit_waiver": _credit,
}
