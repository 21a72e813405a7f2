"""Settings that every test shares."""

from hypothesis import settings

from tests.postgres import postgres_server

collect_ignore_glob = ["reference/*"]  # what made the reference values needs packages that tests do not
__all__ = ["postgres_server"]  # a fixture

# A machine that does two things at once may be slow; that is not a wrong answer.
settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")
