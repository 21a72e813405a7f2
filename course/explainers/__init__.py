"""Three short films, drawn by code."""
