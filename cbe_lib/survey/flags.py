"""Which answers need a second look before anyone counts them?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import pdtrc

from cbe_lib.errors import CbeError, require_columns
from cbe_lib.survey.answers import Block, as_wide, blocks, matrix
from cbe_lib.survey.honest import RESPONDENTS, identical, longest_run, redrawn
from cbe_lib.survey.reliability import EVERYONE, groups
from cbe_lib.survey.result import Flags

FEWEST_ITEMS = 6
RULES = {
    "straight_line": "one answer for half of the items in a row",
    "contradictory": "same answer to an item and its opposite",
    "identical": "all answers as another's",
}
BEYOND = 0.01
NO_COLUMN = "There is no column {!r}, so this was not checked."
NO_REVERSED = "No scale has items worded both ways, so this was not checked."
FEW_ITEMS = f"Fewer than {FEWEST_ITEMS} items on one answer scale, so this was not checked."
BY_CHANCE = "No more than careful answers would bring by chance."
CODES = "How often two people make up one code by chance cannot be told from the answers."
RULE_OF_THUMB = "A rule of thumb (Huang et al. 2012); how often careful respondents are as fast was not measured here."
COLUMNS = ["rule", "role", "threshold", "count", "expected", "respondents", "reason"]


@dataclass(frozen=True)
class Form:
    """Answers of one role to the items on its most common answer scale.

    Attributes
    ----------
    role : str
        Whose form it is.
    rows : array
        Places of the respondents in the table.
    values : array
        Respondents x items as answered, nothing turned.
    mixed : list of array
        For each scale with items worded both ways: places of its items.
    middle : float
        The answer between both ends; NaN where they are not known.
    """

    role: str
    rows: np.ndarray
    values: np.ndarray
    mixed: list[np.ndarray]
    middle: float


def flags(
    answers: pd.DataFrame,
    *,
    scales: Mapping[str, Iterable[str]] | None = None,
    reverse: Iterable[str] = (),
    low: float | None = None,
    high: float | None = None,
    run: float = 0.5,
    fastest: float = 2.0,
    seconds: str = "seconds",
    link: str = "link_code",
    seed: int = 0,
) -> Flags:
    """Who may have clicked through, and which answers stand in the table twice?

    Nothing is deleted: look at the flagged answers, decide, and say what was left out.

    Parameters
    ----------
    answers : DataFrame
        Wide (a row a respondent) or long (respondent, item_id, answer). Where there is a column "role", each role is
        judged by itself.
    scales, reverse, low, high
        As for `reliability`.
    run : float, above 0 to 1
        Share of the items in one unbroken run of the same answer that makes a straight line (and 6 items at least).
    fastest : float
        Seconds an item below which an answer is too fast to have been read.
    seconds, link : str
        Columns of the time taken for the whole form, and of the code that respondents made up; used if there.
    seed : int
        Of the redrawn respondents.

    Returns
    -------
    Flags
        `.table`: rule, role, threshold, count, expected (respondents that careful answers alone would bring),
        respondents, reason, with the rows

        - straight_line: one answer for an unbroken half of the items, whatever they ask;
        - contradictory: agrees (or disagrees) alike with an item and its opposite, in half of the scales that have
          both, and in two if there are two;
        - identical: all answers the same as another respondent's, straight lines apart;
        - same_link: a code used twice in one wave;
        - too_fast: under two seconds an item.

    Raises
    ------
    CbeError
        For missing columns, answers that are no numbers or lie outside the ends, unknown options.

    Notes
    -----
    `expected` comes from 4,000 respondents redrawn with the margins and rank correlations of the answers at hand (a
    normal copula). On short forms without reversed items straight lines are common among careful people: compare
    `count` with `expected` before accusing anyone. Simulated careful people on the packaged forms, with moderate
    correlations and most agreeing: straight_line flags under 1 in 1,000 on the staff form and about 16 in 1,000 on the
    short forms, contradictory about 1 in 1,000, identical none on the staff form and up to one in ten of 400 on the
    short ones, where the reason then says that this is no more than chance.

    References
    ----------
    Curran, P. G. (2016). Methods for the detection of carelessly invalid responses in survey data. Journal of
    Experimental Social Psychology, 66, 4-19.
    Huang, J. L. et al. (2012). Detecting and deterring insufficient effort responding to surveys. Journal of Business
    and Psychology, 27, 99-114.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> from cbe_lib import survey
    >>> careful = np.random.default_rng(1).integers(1, 6, (30, 12))
    >>> table = pd.DataFrame(np.vstack([careful, np.full((1, 12), 3)]))
    >>> survey.flags(table, low=1, high=5).table[["rule", "count", "respondents"]].to_dict("split")["data"][0]
    ['straight_line', 1, (30,)]
    """
    _check_options(run, fastest)
    frame = as_wide(answers)
    about = [name for name in (seconds, link) if name in frame.columns]
    declared = blocks(frame, scales, reverse, low, high, about)
    forms = _forms(frame, declared)
    names = frame["respondent"] if "respondent" in frame.columns else frame.index.to_series()
    rng = np.random.default_rng(seed)
    rows = [
        *(row for form in forms for row in _patterns(form, run, len(frame), rng)),
        _same_link(frame, link),
        _too_fast(frame, declared, seconds, fastest),
    ]
    table = pd.DataFrame(
        [(*what, int(bad.sum()), expected, tuple(names[bad]), why) for *what, bad, expected, why in rows],
        columns=COLUMNS,
    )
    return Flags(table, _text(table, len(frame)), (), None)


Row = tuple[str, str, str, np.ndarray, float, str]


def _check_options(run: float, fastest: float) -> None:
    if not 0 < run <= 1 or not fastest > 0:
        raise CbeError.build(
            "`run` must lie above 0 and up to 1, `fastest` above 0", found=f"Found run={run!r}, fastest={fastest!r}"
        )


def _forms(frame: pd.DataFrame, declared: list[Block]) -> list[Form]:
    role = "role" if "role" in frame.columns else None
    ends = pd.Series([(each.low, each.high) for each in declared for _ in each.items], dtype=object)
    usual = ends.value_counts(dropna=False).index[0] if len(ends) else None
    used = [each for each in declared if (each.low, each.high) == usual]
    columns = list(dict.fromkeys(item for each in used for item in each.items))
    columns.sort(key=list(frame.columns).index)
    by_item = {item: column for each in used for item, column in zip(each.items, matrix(frame, each).T, strict=True)}
    values = np.column_stack([by_item[item] for item in columns]) if columns else np.empty((len(frame), 0))
    return [_form(values, columns, used, name, np.flatnonzero(of_group)) for name, of_group in groups(frame, role)]


def _form(values: np.ndarray, columns: list[str], used: list[Block], role: str, rows: np.ndarray) -> Form:
    asked = np.flatnonzero(~np.isnan(values[rows]).all(axis=0))
    here = [columns[place] for place in asked]
    mixed = []
    for each in used:
        items = [item for item in each.items if item in here]
        if 0 < sum(item in each.reverse for item in items) < len(items):
            mixed.append(np.array([here.index(item) for item in items]))
    given = values[rows][:, asked]
    low, high = (used[0].low, used[0].high) if used else (None, None)
    middle = (low + high) / 2 if low is not None and high is not None else float("nan")
    return Form(role, rows, given, mixed, middle)


def _patterns(form: Form, run: float, people: int, rng: np.random.Generator) -> Iterator[Row]:
    """Apply the rules about patterns to a form, and to respondents redrawn for it."""
    enough = form.values.shape[1] >= FEWEST_ITEMS
    values = form.values if enough else form.values[:0]
    careful = redrawn(values, rng) if len(values) else values
    share = len(values) / RESPONDENTS
    straight, by_chance = (_straight(each, run) for each in (values, careful))
    yield _row("straight_line", form, people, straight, share * by_chance.sum(), "" if enough else FEW_ITEMS)
    why = (NO_REVERSED if enough else FEW_ITEMS) if not form.mixed or not enough else ""
    odd, by_chance_odd = (_contradictory(each, form) for each in (values, careful))
    yield _row("contradictory", form, people, odd, share * by_chance_odd.sum(), why)
    same, pairs = identical(values[~straight])
    expected = share**2 * (identical(careful[~by_chance])[1] + 1)
    usual = BY_CHANCE if pairs and pdtrc(pairs - 1, expected) >= BEYOND else ""
    alike = np.zeros(len(values), dtype=bool)
    alike[~straight] = same
    yield _row("identical", form, people, alike, min(2 * expected, len(values)), usual if enough else FEW_ITEMS)


def _row(rule: str, form: Form, people: int, bad: np.ndarray, expected: float, why: str) -> Row:
    flagged = np.zeros(people, dtype=bool)
    flagged[form.rows[: len(bad)]] = bad
    count = int(bad.sum())
    if why and why != BY_CHANCE:
        return rule, form.role, RULES[rule], np.zeros(people, dtype=bool), float("nan"), why
    usual = BY_CHANCE if rule != "identical" and count and expected and pdtrc(count - 1, expected) >= BEYOND else why
    return rule, form.role, RULES[rule], flagged, float(expected), usual


def _straight(values: np.ndarray, run: float) -> np.ndarray:
    given = (~np.isnan(values)).sum(axis=1)
    return longest_run(values) >= np.maximum(np.ceil(run * given), FEWEST_ITEMS)


def _contradictory(values: np.ndarray, form: Form) -> np.ndarray:
    alike = np.zeros(len(values), dtype=int)
    for places in form.mixed:
        part = values[:, places]
        alike += (part == part[:, :1]).all(axis=1) & (part[:, 0] != form.middle)
    return alike >= max(len(form.mixed) / 2, min(len(form.mixed), 2), 1)


def _same_link(frame: pd.DataFrame, link: str) -> Row:
    keys = [link, *(["wave"] if "wave" in frame.columns else [])]
    if link not in frame.columns:
        return (
            "same_link",
            EVERYONE,
            "a code twice",
            np.zeros(len(frame), dtype=bool),
            float("nan"),
            NO_COLUMN.format(link),
        )
    again = (frame[link].notna() & frame.duplicated(keys, keep=False)).to_numpy(dtype=bool)
    return "same_link", EVERYONE, "a code twice in one wave", again, float("nan"), CODES


def _too_fast(frame: pd.DataFrame, declared: list[Block], seconds: str, fastest: float) -> Row:
    text = f"under {fastest:g} seconds an item"
    if seconds not in frame.columns:
        return "too_fast", EVERYONE, text, np.zeros(len(frame), dtype=bool), float("nan"), NO_COLUMN.format(seconds)
    require_columns(frame, [seconds], "answers")
    took = matrix(frame, Block(seconds, (seconds,), frozenset(), 0.0, None))[:, 0]
    given = sum((~np.isnan(matrix(frame, each))).sum(axis=1) for each in declared)
    return "too_fast", EVERYONE, text, took < fastest * given, float("nan"), RULE_OF_THUMB


def _text(table: pd.DataFrame, people: int) -> str:
    raised = table[table["count"].gt(0) & table["reason"].ne(BY_CHANCE)]
    if raised.empty:
        return f"None of {people} respondents stands out beyond chance by the rules that could be checked."
    parts = [
        f"{rule} {count}" + (f" ({role}; about {expected:.1f} expected by chance)" if expected == expected else "")
        for rule, role, count, expected in raised[["rule", "role", "count", "expected"]].to_numpy().tolist()
    ]
    return (
        f"Of {people} respondents, these need a second look: {'; '.join(parts)}. A flag is no proof: careful people "
        "raise some of them by chance. Nothing was deleted."
    )
