"""DiffusionGemma in 4 bits: weights packed on the way from the file, and experts that are multiplied packed."""

import logging

# On some CPUs it tells every importer that an optional package is not there.
logging.getLogger("bitsandbytes.backends.cpu.ops").setLevel(logging.ERROR)
