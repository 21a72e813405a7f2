"""Settings that every test shares."""

from hypothesis import settings

# A machine that does two things at once may be slow; that is not a wrong answer.
settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")
