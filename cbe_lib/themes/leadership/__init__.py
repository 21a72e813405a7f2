"""Shared leadership: do decisions stay where they belong, do processes hold, who sits, and whose proposals count?"""

from cbe_lib.themes.leadership.concentration import Concentration, concentration
from cbe_lib.themes.leadership.escalation import Escalation, escalation
from cbe_lib.themes.leadership.gates import Gates, gates
from cbe_lib.themes.leadership.integrity import Integrity, integrity
from cbe_lib.themes.leadership.rights import DecisionRights, decision_rights
from cbe_lib.themes.leadership.structures import Structures, structures

__all__ = [
    "Concentration",
    "DecisionRights",
    "Escalation",
    "Gates",
    "Integrity",
    "Structures",
    "concentration",
    "decision_rights",
    "escalation",
    "gates",
    "integrity",
    "structures",
]
