"""What `cbe_lib.themes.field` finds of the mechanisms of a sample state."""

from cbe_lib.themes import field

FILM, SLIDES = "film with questions", "slide talk"


def _ends(table, **wanted):
    for column, value in wanted.items():
        table = table[table[column] == value]
    row = table.iloc[0]
    return float(row["estimate"]), float(row["conf_low"]), float(row["conf_high"])


def _shift(tool):
    return lambda tables: _ends(field.discussion_shift(tables["discussions"]).table, tool=tool, measure="shift")


def _talk(tables):
    found = field.discussion_shift(tables["discussions"], against=SLIDES)
    return _ends(found.comparison, tool=FILM, measure="talked")


def _contact(tables):
    return _ends(field.diffusion(tables["careers"], tables["practices"]).table, term="contact")


RECOVER = {
    "film_shift": _shift(FILM),
    "slides_shift": _shift(SLIDES),
    "film_talk": _talk,
    "contact_adoption": _contact,
}
