"""Starting points: does it help to come from personalized classrooms, and which districts are like mine?"""

from cbe_lib.themes.starting_points.alike import Alike, alike
from cbe_lib.themes.starting_points.paths import Paths, paths

__all__ = ["Alike", "Paths", "alike", "paths"]
