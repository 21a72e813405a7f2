"""What `cbe_lib.themes.ownership` finds of the mechanisms of a sample state."""

from cbe_lib.themes import ownership


def _blame(term):
    def analysis(tables):
        found = ownership.quadrants(tables["survey"], tables["corrections"]).blame.set_index("term").loc[term]
        return float(found["estimate"]), float(found["conf_low"]), float(found["conf_high"])

    return analysis


RECOVER = {"ownership_blame": _blame("ownership"), "acceptance_blame": _blame("acceptance")}
