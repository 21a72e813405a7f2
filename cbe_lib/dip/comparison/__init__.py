"""Districts that changed, beside districts that did not: the parts of `dip.compare`."""

from cbe_lib.dip.comparison.result import Comparison
from cbe_lib.dip.comparison.verb import compare

__all__ = ["Comparison", "compare"]
