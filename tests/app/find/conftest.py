"""Pages with a bar to find words."""

import pytest
import shiboken6
from find_desk import FindDesk


@pytest.fixture
def make_desk(qapp, settings, themes):
    desks = []

    def make(text: str) -> FindDesk:
        desk = FindDesk(text, settings, themes)
        desks.append(desk)
        return desk

    yield make
    for desk in desks:
        desk.tools.close()
        shiboken6.delete(desk)
