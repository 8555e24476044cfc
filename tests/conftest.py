"""For all tests: how many examples hypothesis tries, and how many threads each of the two workers computes with."""

import os

from hypothesis import settings

# The workers share two cores. Threads that wait for each other there take many times as long as one. It holds for the
# programs that tests start, too, and must be set before torch is imported.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")

# No deadline: how fast the machine is proves nothing.
# The same examples each time, so that a check fails only by what was changed; `thorough` looks for new ones.
settings.register_profile("quick", deadline=None, max_examples=100, print_blob=True, derandomize=True)
settings.register_profile("thorough", settings.get_profile("quick"), max_examples=1000, derandomize=False)
settings.load_profile("quick")
