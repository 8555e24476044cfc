"""Which match to go to: known only once the search has come far enough."""

from __future__ import annotations

from dataclasses import dataclass

from app.find.matches import Matches


@dataclass(frozen=True, slots=True)
class Aim:
    """forwards: the first match from a position on, else the last one before it; beyond the end, from the other end.

    tell: whether the writer asked for it, and is told where the search went on from the other end.
    """

    position: int
    forwards: bool = True
    tell: bool = False

    def number_in(self, matches: Matches, *, complete: bool) -> int | None:
        """The number of the match, outside their range where it is one from the other end; None if not known yet.

        complete: whether no more matches will be found. There is at least one.
        """
        number = matches.first_from(self.position)
        if not complete and number == len(matches):
            return None
        number -= not self.forwards
        return None if number < 0 and not complete else number
