"""Is the change owned, or only accepted: by staff, by newcomers, by students, and with room to act?"""

from cbe_lib.themes.ownership.autonomy import Autonomy, autonomy
from cbe_lib.themes.ownership.non_negotiables import NonNegotiables, codes_in_place, non_negotiables
from cbe_lib.themes.ownership.quadrants import Quadrants, quadrants
from cbe_lib.themes.ownership.reflection import Reflection, reflection
from cbe_lib.themes.ownership.renewal import Renewal, renewal
from cbe_lib.themes.ownership.voice import Voice, voice

__all__ = [
    "Autonomy",
    "NonNegotiables",
    "Quadrants",
    "Reflection",
    "Renewal",
    "Voice",
    "autonomy",
    "codes_in_place",
    "non_negotiables",
    "quadrants",
    "reflection",
    "renewal",
    "voice",
]
