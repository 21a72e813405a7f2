"""Rolling out: what was ready, what it may cost, who kept to it, what was told, and what was learned."""

from cbe_lib.themes.rollout.before import Before, before
from cbe_lib.themes.rollout.case_card import CaseCard, case_card
from cbe_lib.themes.rollout.commitment import Commitment, commitment
from cbe_lib.themes.rollout.early_wins import EarlyWins, early_wins
from cbe_lib.themes.rollout.lessons import Lessons, lessons
from cbe_lib.themes.rollout.messages import Messages, messages
from cbe_lib.themes.rollout.protected_time import ProtectedTime, protected_time
from cbe_lib.themes.rollout.readiness import Readiness, readiness
from cbe_lib.themes.rollout.repeat_survey import RepeatSurvey, repeat_survey
from cbe_lib.themes.rollout.strategies import Strategies, strategies
from cbe_lib.themes.rollout.two_channels import TwoChannels, two_channels

__all__ = [
    "Before",
    "CaseCard",
    "Commitment",
    "EarlyWins",
    "Lessons",
    "Messages",
    "ProtectedTime",
    "Readiness",
    "RepeatSurvey",
    "Strategies",
    "TwoChannels",
    "before",
    "case_card",
    "commitment",
    "early_wins",
    "lessons",
    "messages",
    "protected_time",
    "readiness",
    "repeat_survey",
    "strategies",
    "two_channels",
]
