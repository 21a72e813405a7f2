"""What may leave: small groups hidden so that nobody can work them out, and tables about persons kept in."""

from cbe_lib.privacy.audit import check
from cbe_lib.privacy.release import for_release, refuse_persons
from cbe_lib.privacy.suppression import Suppressed, suppress

__all__ = ["Suppressed", "check", "for_release", "refuse_persons", "suppress"]
