"""The rubric and the survey as editable data, and the readers that check them."""

from cbe_lib.framework.instrument import read_rubric, read_survey
from cbe_lib.framework.rubric import Criterion, Dimension, Rubric, Rules
from cbe_lib.framework.survey import MetaField, OpenQuestion, Scale, Survey, SurveyItem

__all__ = [
    "Criterion",
    "Dimension",
    "MetaField",
    "OpenQuestion",
    "Rubric",
    "Rules",
    "Scale",
    "Survey",
    "SurveyItem",
    "read_rubric",
    "read_survey",
]
