"""What an operator can get wrong -> one line each: ok, warn or wrong, and what to do.

check         one line
installation  versions, the page, the running server, its token
key           the key file, its kind, who may read it
exchange      clock, REST, WebSocket and signature, as the exchange sees them
tape          the database file, its schema, the disk it lies on
report        all of it, in order: lines or JSON, and the exit code
"""

from flowboard.doctor.check import Check
from flowboard.doctor.report import run

__all__ = ["Check", "run"]
