"""A synthetic state: districts with every table of the domain, linked by mechanisms whose sizes are known."""

from cbe_lib.simulate.state.build import StateTruth, state

__all__ = ["StateTruth", "state"]
