"""Does the organization learn: is it safe to err, are problems put right, does the state make room, are wins real?"""

from cbe_lib.themes.learning.constraints import Constraints, constraints
from cbe_lib.themes.learning.latency import Latency, correction_latency
from cbe_lib.themes.learning.reading import Reading, reading
from cbe_lib.themes.learning.recognition import Recognition, recognition
from cbe_lib.themes.learning.safety import Safety, safety
from cbe_lib.themes.learning.small_wins import SmallWins, small_wins

__all__ = [
    "Constraints",
    "Latency",
    "Reading",
    "Recognition",
    "Safety",
    "SmallWins",
    "constraints",
    "correction_latency",
    "reading",
    "recognition",
    "safety",
    "small_wins",
]
