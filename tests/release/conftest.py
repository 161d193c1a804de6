"""The wheel and its installation, which the tests of the server use, too."""

from tests.server.conftest import installation, made, wheel

__all__ = ["installation", "made", "wheel"]
