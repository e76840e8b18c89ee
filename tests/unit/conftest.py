"""What several unit tests begin with."""

import pytest
from chatting import Chat


@pytest.fixture
def chat() -> Chat:
    """A customer who has said nothing yet."""
    return Chat()
