"""People and field: careers that carry practices, tools that make people talk, helpers and their funders."""

from cbe_lib.themes.field.discussion import DiscussionShift, discussion_shift
from cbe_lib.themes.field.network import HelperNetwork, helper_network
from cbe_lib.themes.field.scorecard import FunderScorecard, funder_scorecard
from cbe_lib.themes.field.spread import Diffusion, diffusion

__all__ = [
    "Diffusion",
    "DiscussionShift",
    "FunderScorecard",
    "HelperNetwork",
    "diffusion",
    "discussion_shift",
    "funder_scorecard",
    "helper_network",
]
