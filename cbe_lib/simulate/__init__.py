"""Synthetic districts whose implementation dip is known, to learn on and to test estimators with.

The truth curves here share no code with `cbe_lib.dip`, which they are used to test.
"""

from cbe_lib.simulate.curves import SHAPES, effect
from cbe_lib.simulate.panel import outcomes
from cbe_lib.simulate.state import StateTruth, state
from cbe_lib.simulate.truth import Truth

__all__ = ["SHAPES", "StateTruth", "Truth", "effect", "outcomes", "state"]
