"""`python -m measure [gateway] [submissions] [feed] [limits] [beneficiaries] [pages] [dashboard] [flows]`: runs the benchmarks and prints
one table; the pages of the portal and the month of flows print their own."""

import sys

from omnia_e2e.platform import Platform, scratch_folder

from . import beneficiaries, dashboard, feed, flows, gateway, limits, pages, submissions
from .table import show
from .world import Cluster, say

PARTS = {
    "gateway": gateway.measure, "submissions": submissions.measure, "feed": feed.measure, "limits": limits.measure,
    "beneficiaries": beneficiaries.measure, "pages": pages.measure, "dashboard": dashboard.measure,
    "flows": flows.measure,
}
# The mandates, limits and filing windows of the claims depend on the day.
NOW = "2026-09-02T09:00:00+02:00"


def main(wanted):
    if unknown := set(wanted) - set(PARTS):
        sys.exit(f"no benchmark is called {', '.join(sorted(unknown))}: choose from {', '.join(PARTS)}")
    lines = []
    with scratch_folder() as folder:
        say("starting the platform")
        platform = Platform(folder / "omnia", now=NOW, env={"OMNIA__TELEMETRY__FILTER": "warn"})
        try:
            platform.start()
            for name in wanted or PARTS:
                lines += PARTS[name](platform, Cluster(platform), folder)
        finally:
            platform.stop()
    if lines:
        show(lines)


main(sys.argv[1:])
