"""A daemon's home, as the tests of the service have it."""

from tests.service.conftest import client as client
from tests.service.conftest import connect as connect
from tests.service.conftest import home as home
