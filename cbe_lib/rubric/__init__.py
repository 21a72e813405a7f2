"""Do raters agree on the levels of the rubric, and how far can one rating be trusted?"""

from cbe_lib.rubric.agreement import agreement
from cbe_lib.rubric.icc import icc
from cbe_lib.rubric.ratings import Ratings
from cbe_lib.rubric.result import Agreement, IntraclassCorrelation

__all__ = ["Agreement", "IntraclassCorrelation", "Ratings", "agreement", "icc"]
