import pytest

from omnia_e2e.platform import Platform, scratch_folder


@pytest.fixture(scope="session")
def platform():
    """One platform for the tests that leave it standing: Wednesday 2 September 2026, mid morning."""
    with scratch_folder() as folder:
        running = Platform(folder / "omnia", now="2026-09-02T10:00:00+02:00").start()
        yield running
        running.stop()


@pytest.fixture
def tmp_path():
    """A folder that the database's user may enter, unlike pytest's own."""
    with scratch_folder() as folder:
        yield folder


@pytest.fixture
def own_platform(tmp_path):
    """Makes platforms that a test may stop, kill and start again."""
    started = []

    def make(**options):
        running = Platform(tmp_path / f"omnia-{len(started)}", **options).start()
        started.append(running)
        return running

    yield make
    for running in started:
        if running.process:
            running.stop()
