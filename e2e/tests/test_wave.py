"""Five months of claims and of their payments with a COVID-like wave, day by day: what DASMO made of each night against a count by plain SQL
over the tables of claims and of payments, in every cell of random days; also after the process that made the pictures was killed at
work.

`WAVE_SCALE`, `WAVE_WEEKS`, `WAVE_DAYS` and `WAVE_SEED` make it larger, longer, or the same again:
`WAVE_SCALE=0.02 WAVE_WEEKS=104 WAVE_DAYS=60 e2e/run e2e/tests/test_wave.py -s`."""

import datetime
import os
import random
import subprocess

import pytest
from omnia.dasmo.v1 import dasmo_pb2
from omnia.dasmo.v1.dasmo_pb2_grpc import DasmoServiceStub

from omnia_e2e import claims, recount
from omnia_e2e.platform import Platform, scratch_folder, wait_for

SCALE = os.environ.get("WAVE_SCALE", "0.0004")
WEEKS = int(os.environ.get("WAVE_WEEKS", 22))
SAMPLE = int(os.environ.get("WAVE_DAYS", 10))
SEED = int(os.environ.get("WAVE_SEED", random.randrange(1_000_000)))
FIRST = datetime.date(2020, 2, 24)
LAST = FIRST + datetime.timedelta(days=7 * WEEKS - 1)
# The Friday of the highest week.
PEAK = datetime.date(2020, 4, 10)


@pytest.fixture(scope="module")
def played():
    """A platform on the day after the wave. While the days passed on the clock of the replay it stood at the first."""
    with scratch_folder() as folder:
        platform = Platform(folder / "omnia", now=f"{FIRST}T00:30:00+01:00").start()
        command = platform.command("demo-wave", "--scale", SCALE, "--weeks", str(WEEKS))
        done = subprocess.run(command, env=platform.environment(), capture_output=True, text=True)
        assert done.returncode == 0, done.stderr[-4000:]
        print(done.stdout)
        assert platform.stop() == 0
        platform.restart(now=f"{LAST + datetime.timedelta(days=1)}T10:00:00+01:00")
        yield platform
        platform.stop()


def days(salt):
    """The last day, the peak, and some at random."""
    print(f"\nWAVE_SEED={SEED}")
    dice = random.Random(SEED + salt)
    chosen = {FIRST + datetime.timedelta(days=dice.randrange(7, 7 * WEEKS)) for _ in range(SAMPLE)}
    return sorted(day for day in chosen | {PEAK, LAST} if day <= LAST)


def check(platform, salt):
    compared = dict.fromkeys(("claims", "payments"), 0)
    for day in days(salt):
        for subject in (recount.CLAIMS, recount.LINES):
            found, cells = recount.differences(platform, day, subject)
            assert found == [], f"WAVE_SEED={SEED}: {len(found)} figures differ, such as {found[:5]}"
            compared[subject.service] += cells
            print(f"{day}: {cells} cells of {subject.service}")
    assert all(compared.values()), compared


def test_every_day_was_made_in_its_own_night(played):
    made = played.psql("dasmo", "select count(*), min(revision), max(revision), min(day), max(day) from snapshot")
    assert made == [[str(7 * WEEKS), "1", "1", str(FIRST), str(LAST)]]
    assert played.psql("dasmo", "select count(*) from correction") == [["0"]]


def test_the_wave_has_its_peak_and_both_sections(played):
    weeks = played.psql("claims", """
        select date_trunc('week', submitted_at at time zone 'Europe/Rome')::date, count(*) from claim
         where submitted_at is not null group by 1 order by 2 desc""")
    highest = round(400_000 * float(SCALE))
    assert weeks[0][0] == "2020-04-06" and highest * 0.9 < int(weeks[0][1]) <= highest
    sections = dict(played.psql("dasmo", f"select section, received_total from cell where day = '{LAST}' and unit = 'IT' and dimension = 'WHOLE' and product = '' and section <> ''"))
    assert set(sections) == {"COVID", "ORDINARY"} and int(sections["COVID"]) > int(sections["ORDINARY"])


def test_every_cell_of_random_days_is_what_plain_sql_counts(played):
    check(played, 0)


def test_the_same_after_the_process_was_killed_in_the_middle_of_a_snapshot(played):
    unfinished = "select count(*) from run where finished_at is null"
    kills = 0
    while int(played.psql("dasmo", unfinished)[0][0]) == 0:
        kills += 1
        assert kills < 50, "every kill hit the moment between two snapshots"
        # Orders every day to be made again, the first time; then goes on with what is left of them.
        name = "dasmo-rebuild" if kills == 1 else "dasmo-snapshot"
        job = subprocess.Popen(
            played.command("job", name), env=played.environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(lambda: job.poll() is not None or int(played.psql("dasmo", unfinished)[0][0]) > 0, "a snapshot under way")
        assert job.poll() is None, "the job ended before it could be killed"
        job.kill()
        job.wait()
    again = int(played.psql("dasmo", "select count(*) from snapshot where revision = 2")[0][0])
    assert again < 7 * WEEKS, "killed before the end"
    played.omnia("job", "dasmo-snapshot")
    assert played.psql("dasmo", "select redo_from is null from publication") == [["t"]]
    assert played.psql("dasmo", "select count(*) from correction") == [["0"]]
    check(played, 1)


def test_the_central_director_reads_the_same_stock(played):
    shown = played.caller("dirigente-centrale")(
        (DasmoServiceStub, "GetVolumes"), dasmo_pb2.GetVolumesRequest(filter=dasmo_pb2.VolumesFilter()))
    assert claims.python_date(shown.as_of) == LAST and not shown.stale
    counted = recount.counted(played, LAST)
    stock = list(recount.CLAIMS.measures).index("stock")
    assert shown.total.stock == sum(row[stock] for key, row in counted.items() if key == ("IT", "WHOLE", "", "", ""))
