"""Published and cross-package answers; each case file names its source and what verified it."""

import numpy as np
import pytest

from cbe_lib import rubric
from tests.rubric.conftest import CASES, agree, case, from_counts, from_square, long_table, rows

SHORT = {
    "pa": "percent_agreement",
    "bp": "brennan_prediger",
    "fleiss": "fleiss_kappa",
    "gwet": "gwet_ac",
    "conger": "conger_kappa",
    "kripp": "krippendorff_alpha",
}
TABLE_NAMES = {
    "kappa2.table": "cohen_kappa",
    "scott2.table": "fleiss_kappa",
    "gwet.ac1.table": "gwet_ac",
    "bp2.table": "brennan_prediger",
    "krippen2.table": "krippendorff_alpha",
    "pa2.table": "percent_agreement",
}
RAW4 = sorted(path.stem.removeprefix("open_") for path in CASES.glob("open_gwet_raw4_*.json"))
FIVE = sorted(path.stem.removeprefix("open_") for path in CASES.glob("open_irrcac_*.json"))


def named(weights):
    return "identity" if weights == "unweighted" else weights


def observed_levels(frame):
    return sorted(frame["rating"].dropna().unique())


def close(value, tolerance):
    return pytest.approx(value, abs=tolerance, rel=0)


@pytest.mark.parametrize("name", RAW4)
def test_gwet_four_raters(name):
    known = case(name)
    frame = long_table(known["ratings"])
    row = rows(agree(frame, observed_levels(frame), weights=named(known["weights"]))).loc[
        SHORT[known["statistic"].split("_")[0]]
    ]
    tolerance = known["tolerance"] if isinstance(known["tolerance"], dict) else dict.fromkeys(("est", "se"), 2e-5)
    assert row["estimate"] == close(known["expected"]["est"], tolerance["est"])
    assert row["std_error"] == close(known["expected"]["se"], tolerance["se"])


@pytest.mark.parametrize("name", FIVE)
def test_irrcac_data_sets(name):
    known = case(name)
    frame = long_table(known["ratings"])
    found = rows(agree(frame, observed_levels(frame), weights=named(known["weights"])))
    for short, expected in known["expected"].items():
        assert found.loc[SHORT[short], ["estimate", "std_error"]].tolist() == close(expected, known["tolerance"])


@pytest.mark.parametrize(("name", "coefficient"), [("fleiss", "fleiss_kappa"), ("gwet", "gwet_ac")])
def test_gwet_distribution_of_six_raters(name, coefficient):
    known = case(f"gwet_distrib6_{name}")
    row = rows(agree(from_counts(known["counts"]), range(5), weights="identity")).loc[coefficient]
    expected = [known["expected"]["est"], known["expected"]["se"]]
    assert row[["estimate", "std_error"]].tolist() == close(expected, known["tolerance"])


def test_fleiss_1971():
    known = case("fleiss1971_kappa")
    found = rows(agree(from_counts(known["counts"]), range(5), weights="identity"))
    assert found.loc["fleiss_kappa", "estimate"] == close(known["expected"], known["tolerance"])


def test_conger_on_fleiss_1971():
    known = case("fleiss1971_conger_exact")
    found = rows(agree(long_table(known["ratings"]), range(5), weights="identity"))
    assert found.loc["conger_kappa", "estimate"] == close(known["expected"], known["tolerance"])


@pytest.mark.parametrize(
    ("name", "weights"),
    [
        ("cohen1968_kappa", "identity"),
        ("fleisscohen1973_quadratic", "quadratic"),
        ("gwet_table_c3_cohen_linear", "linear"),
        ("stuart1953_vision_None", "identity"),
        ("stuart1953_vision_linear", "linear"),
        ("stuart1953_vision_quadratic", "quadratic"),
    ],
)
def test_kappa_of_square_tables(name, weights):
    known = case(name)
    found = rows(agree(from_square(known["table"]), range(len(known["table"])), weights=weights))
    assert found.loc["cohen_kappa", "estimate"] == close(known["expected"], known["tolerance"])


def test_kappa_with_weights_of_ones_own():
    known = case("cohen1968_weighted")
    apart = np.array(known["disagreement_weights"])
    found = rows(agree(from_square(known["table"]), range(3), weights=1 - apart / apart.max()))
    assert found.loc["cohen_kappa", "estimate"] == close(known["expected"], known["tolerance"])


@pytest.mark.parametrize(("name", "coefficient"), TABLE_NAMES.items())
def test_gwet_square_table(name, coefficient):
    known = case("gwet_table_c3")
    found = rows(agree(from_square(known["table"]), range(3), weights="identity"))
    assert found.loc[coefficient, "estimate"] == close(known["expected"][name], known["tolerance"])


@pytest.mark.parametrize("name", [name for name in TABLE_NAMES if name != "krippen2.table"])
def test_standard_errors_of_a_square_table_divide_by_units_where_ours_divide_by_one_less(name):
    known = case("gwet_table_c3")
    found = rows(agree(from_square(known["table"]), range(3), weights="identity"))
    ours = found.loc[TABLE_NAMES[name], "std_error"] * np.sqrt(99 / 100)
    assert ours == close(known["se"][name], known["tolerance"])


@pytest.mark.parametrize(("name", "weights"), [("nominal", "identity"), ("interval", "quadratic")])
def test_krippendorff_2011(name, weights):
    known = case(f"krippendorff2011_{name}")
    found = rows(agree(long_table(known["ratings"]), range(1, 6), weights=weights))
    assert found.loc["krippendorff_alpha", "estimate"] == close(known["expected"], known["tolerance"])


def test_krippendorff_2011_ordinal_metric_passed_as_a_matrix():
    known = case("krippendorff2011_ordinal")
    frame = long_table(known["ratings"])
    given = frame.dropna().groupby("unit")["rating"].filter(lambda ratings: len(ratings) > 1)
    often = given.value_counts().sort_index().to_numpy()
    ranks = np.cumsum(often) - often / 2
    apart = np.subtract.outer(ranks, ranks) ** 2
    found = rows(agree(frame, range(1, 6), weights=1 - apart / apart.max()))
    assert found.loc["krippendorff_alpha", "estimate"] == close(known["expected"], known["tolerance"])


def test_levels_nobody_used_still_stretch_the_scale():
    known = case("unused_category_quadratic")
    found = rows(agree(long_table(known["ratings"]), known["categories"]))
    assert found.loc["cohen_kappa", "estimate"] == close(known["expected"], known["tolerance"])


def test_all_ratings_on_one_level():
    known = case("degenerate_all_same")
    found = rows(agree(long_table(known["ratings"]), known["categories"]))
    for short, expected in known["expected"].items():
        assert found.loc[SHORT[short], "estimate"] == close(expected, known["tolerance"])
    undefined = found.loc[[SHORT[short] for short in known["undefined"]]]
    assert undefined["estimate"].isna().all()
    assert undefined["reason"].str.contains("one level").all()


def test_shrout_and_fleiss_1979():
    known = case("shroutfleiss1979_six")
    found = rubric.icc(long_table(known["ratings"]), unit="unit", rater="rater", rating="rating")
    expected = {name.lower(): close(value, known["tolerance"]) for name, value in known["expected"].items()}
    assert rows(found)["estimate"].to_dict() == expected
