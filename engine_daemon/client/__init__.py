"""What programs import: a client of the daemon, which finds it, or starts it."""

from .client import Client
from .launch import stop_daemon, which_engine

__all__ = ["Client", "stop_daemon", "which_engine"]
