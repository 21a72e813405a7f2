"""Was there an implementation dip, how deep, how long, and how sure can anyone be?"""

from cbe_lib.dip.detectability import Detectable, detectable
from cbe_lib.dip.fit import fit
from cbe_lib.dip.interrupted import InterruptedFit, interrupted
from cbe_lib.dip.naive import NaiveDips, naive
from cbe_lib.dip.outcome import DipFit, Existence

__all__ = [
    "Detectable",
    "DipFit",
    "Existence",
    "InterruptedFit",
    "NaiveDips",
    "detectable",
    "fit",
    "interrupted",
    "naive",
]
