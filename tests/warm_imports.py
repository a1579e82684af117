"""What the server of ``tests.warm`` imports when it starts."""

from tests.warm import import_all

import_all()
