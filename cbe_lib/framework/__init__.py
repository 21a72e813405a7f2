"""The rubric, the survey, the claims and the series as data, and the readers that check them."""

from cbe_lib.framework.instrument import read_rubric, read_survey
from cbe_lib.framework.rubric import Criterion, Dimension, Rubric, Rules
from cbe_lib.framework.series import Article, Claim, Part, claim, read_claims, read_definition, read_series
from cbe_lib.framework.survey import MetaField, OpenQuestion, Scale, Survey, SurveyItem

__all__ = [
    "Article",
    "Claim",
    "Criterion",
    "Dimension",
    "MetaField",
    "OpenQuestion",
    "Part",
    "Rubric",
    "Rules",
    "Scale",
    "Survey",
    "SurveyItem",
    "claim",
    "read_claims",
    "read_definition",
    "read_rubric",
    "read_series",
    "read_survey",
]
