"""``python -m geo_grid.cli``."""

import sys

from geo_grid.cli import main

sys.exit(main())
