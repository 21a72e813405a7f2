"""One raw column of text, read as what it should hold: values, and everything that was found on the way."""

from cbe_lib.ingest.counts import ParsedCounts, parse_counts
from cbe_lib.ingest.ids import parse_ids
from cbe_lib.ingest.rates import ParsedRates, parse_rates
from cbe_lib.ingest.subgroups import parse_levels, parse_subgroups, total_levels
from cbe_lib.ingest.texts import parse_choices, parse_texts
from cbe_lib.ingest.values import parse_dates, parse_flags, parse_lists, parse_numbers
from cbe_lib.ingest.years import parse_years

__all__ = [
    "ParsedCounts",
    "ParsedRates",
    "parse_choices",
    "parse_counts",
    "parse_dates",
    "parse_flags",
    "parse_ids",
    "parse_levels",
    "parse_lists",
    "parse_numbers",
    "parse_rates",
    "parse_subgroups",
    "parse_texts",
    "parse_years",
    "total_levels",
]
