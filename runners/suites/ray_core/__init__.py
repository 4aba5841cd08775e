"""Ray itself: tasks, actors, objects, placement, failures, on a private cluster of two nodes.

`main` makes the settings, starts the cluster, carries the cases out one by one, and sees that
nothing of it is left.
"""

from __future__ import annotations


def main() -> None:
    """Run the suite; see docs/suites/ray-core.md for its parameter."""
    from runners.suites.ray_core import settings  # noqa: PLC0415 - beside the next line

    settings.make()
    from runners.suites.ray_core import session  # noqa: PLC0415 - ray, after the settings

    session.run()
