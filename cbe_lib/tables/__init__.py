"""What each table must hold: columns, types, units, legal ranges and keys, and the check that a table holds it."""

from cbe_lib.tables.check import schema, validate
from cbe_lib.tables.spec import describe, dtypes, names, version

__all__ = ["describe", "dtypes", "names", "schema", "validate", "version"]
