"""What programs import: a client of the daemon, which finds it, or starts it."""

from .client import Client
from .launch import options_left, said_if_slow, start_daemon, stop_daemon, which_engine

__all__ = ["Client", "options_left", "said_if_slow", "start_daemon", "stop_daemon", "which_engine"]
