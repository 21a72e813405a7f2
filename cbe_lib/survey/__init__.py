"""Do the items of a scale hold together, who answered, and may a group be given one mean?"""

from cbe_lib.survey.aggregation import aggregation
from cbe_lib.survey.answers import load, wide
from cbe_lib.survey.flags import flags
from cbe_lib.survey.reliability import reliability
from cbe_lib.survey.response import response_rate
from cbe_lib.survey.result import Aggregation, Flags, Reliability, ResponseRate, Scores
from cbe_lib.survey.scores import scores

__all__ = [
    "Aggregation",
    "Flags",
    "Reliability",
    "ResponseRate",
    "Scores",
    "aggregation",
    "flags",
    "load",
    "reliability",
    "response_rate",
    "scores",
    "wide",
]
