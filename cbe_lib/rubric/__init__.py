"""The rubric: its levels from evidence, how far raters agree, and who is severe."""

from cbe_lib.framework import Rubric
from cbe_lib.rubric.agreement import agreement
from cbe_lib.rubric.by import AgreementBy, agreement_by
from cbe_lib.rubric.calibration.calibrate import calibrate
from cbe_lib.rubric.calibration.result import Calibration
from cbe_lib.rubric.icc import icc
from cbe_lib.rubric.instrument import load
from cbe_lib.rubric.ratings import Ratings
from cbe_lib.rubric.result import Agreement, IntraclassCorrelation
from cbe_lib.rubric.scoring.change import change
from cbe_lib.rubric.scoring.ordering import ordering
from cbe_lib.rubric.scoring.result import Change, Ordering, Scores
from cbe_lib.rubric.scoring.score import score
from cbe_lib.rubric.talks import Talks, talks

__all__ = [
    "Agreement",
    "AgreementBy",
    "Calibration",
    "Change",
    "IntraclassCorrelation",
    "Ordering",
    "Ratings",
    "Rubric",
    "Scores",
    "Talks",
    "agreement",
    "agreement_by",
    "calibrate",
    "change",
    "icc",
    "load",
    "ordering",
    "score",
    "talks",
]
