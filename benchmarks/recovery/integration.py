"""What `cbe_lib.themes.integration` finds of the mechanisms of a sample state."""

from cbe_lib.themes import integration


def _gap(group):
    def analysis(tables):
        found = integration.representation(tables["seats"], tables["student_groups"], tables["districts"]).table
        row = found[(found["people"] == "seats") & (found["group"] == group)].iloc[0]
        return float(row["gap"]), float(row["gap_low"]), float(row["gap_high"])

    return analysis


RECOVER = {"hispanic_seats": _gap("Hispanic"), "black_seats": _gap("Black")}
