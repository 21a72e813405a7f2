"""Levels from ratings and evidence: what raters say, how sure that is, and what the evidence allows."""
