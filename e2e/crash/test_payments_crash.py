"""Kills under the load of direct payment lose nothing and pay nothing twice; and the checker that says so sees four planted bugs."""

import itertools
import os
import random

import payments_drill as drill
import pytest
from commit_points import AFTER, BEFORE
from payments_story import POINTS, Story

from omnia_e2e import payments
from omnia_e2e.platform import Platform

KILLS = int(os.environ.get("OMNIA_KILLS", "20"))
PLANTED_BUG = "OMNIA__SERVICES__PAYMENTS__SETTINGS__PLANTED_BUG"


def prepared(tmp_path, env=None):
    """A platform in October, with a claim of 40 workers that was granted in September."""
    platform = Platform(tmp_path / "omnia", now="2026-09-02T10:00:00+02:00", env=env).start()
    claim = payments.direct_claim(platform, drill.WORKERS)
    platform.stop()
    platform.restart(now="2026-10-02T10:00:00+02:00")
    return platform, claim


def test_kills_under_load_lose_nothing_and_pay_nothing_twice(tmp_path):
    platform, claim = prepared(tmp_path)
    acknowledged, seeds, dice = drill.Acknowledged(), itertools.count(), random.Random(7)
    for kill in range(KILLS):
        drill.kill_under_load(platform, acknowledged, claim, seeds, dice.uniform(0.2, 2.0))
        assert drill.faults(platform, acknowledged) == [], f"after kill {kill + 1}"
    assert acknowledged.answers["received"] >= KILLS, acknowledged.answers
    assert acknowledged.answers["batches"] > 0, acknowledged.answers
    print(f"\n{KILLS} kills, answers: {dict(acknowledged.answers)}")
    assert platform.stop() == 0


def test_a_kill_at_every_commit_loses_nothing_and_does_nothing_twice(tmp_path):
    platform, claim = prepared(tmp_path)
    acknowledged, paid, repaid = drill.Acknowledged(), 0, 0
    for workers, side in ((drill.WORKERS[:3], BEFORE), (drill.WORKERS[3:6], AFTER)):
        told = Story(platform, claim, workers, side, acknowledged).tell()
        paid, repaid = paid + told[0], repaid + told[1]
        assert drill.faults(platform, acknowledged) == [], side
    ledger = payments.ledger(platform.caller("funzionario"))
    assert (ledger.sum_cents, ledger.reconciled, ledger.in_transit_cents) == (0, True, 0)
    assert (ledger.paid_cents, ledger.repaid_cents, ledger.receivable_cents) == (paid, repaid, 2 * 600)
    assert len(acknowledged.receipts) == 6
    print(f"\n{2 * len(POINTS)} kills at {len(POINTS)} commits, ledger at {ledger.sum_cents / 100:.2f}")
    assert platform.stop() == 0


PLANTED = {
    "forgotten_hours": "hours are set aside for no line",
    "double_payment": "is paid twice for a month",
    "lost_posting": "is not what is in transit",
    "lost_repayment": "less what came back",
}


@pytest.mark.parametrize("bug", PLANTED)
def test_the_checker_sees_a_planted_bug(tmp_path, bug):
    platform, claim = prepared(tmp_path, env={PLANTED_BUG: bug})
    acknowledged, seeds = drill.Acknowledged(), itertools.count()
    with drill.Load(platform, acknowledged, claim, seeds) as load:
        # Hours that were never set aside cannot be given back, so that orders stop with the first bug.
        enough = {"received": 40} if bug == "forgotten_hours" else {"received": 40, "batches": 8}
        if bug == "lost_repayment":
            enough = {"repayments": 1}
        while any(acknowledged.answers[name] < number for name, number in enough.items()):
            assert any(thread.is_alive() for thread in load.threads), acknowledged.answers
            load.over.wait(0.1)
    seen = drill.faults(platform, acknowledged)
    platform.stop()
    assert any(PLANTED[bug] in fault for fault in seen), seen
