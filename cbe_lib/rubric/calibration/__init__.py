"""Rater severity on one scale with districts and criteria: the nested many-facet rating-scale model."""
