"""Rate together: the pages of a visit team, without a kernel and without JavaScript."""
