"""A full disk: requests report it, no job is half created, and the queue continues."""

import errno
from datetime import UTC, datetime
from threading import Thread
from types import SimpleNamespace

import pytest
from desk_visitor import AtOnce, served, until

from emigre.web.jobs import Job, JobStore
from emigre.web.labels import Label, Labels
from emigre.web.queue import Queue
from emigre.web.workspace import Workspace


@pytest.fixture
def full():
    def write(*_):
        raise OSError(errno.ENOSPC, "No space left on device", "/a/folder/job.json")

    return write


def a_job(home, number=1) -> Job:
    return Job(
        id=str(number), kind="run", is_quick=True, scenario="tiny", title="A look",
        args=("run", "tiny", "--seed", str(number)), out=str(home / str(number)),
        name=str(number), created=datetime.now(UTC),
    )  # fmt: skip


def test_a_lane_of_the_queue_outlives_records_that_cannot_be_written(tmp_path, monkeypatch, full):
    prewarmed = SimpleNamespace(ask=lambda *_: lambda: 0, kernels=None, restart=lambda: None)
    queue = Queue(JobStore(tmp_path / "jobs"), lambda _: True, minutes=1, prewarmed=prewarmed)
    write = queue.store.write
    monkeypatch.setattr(
        JobStore, "write", lambda _, job: write(job) if job.state == "waiting" else full()
    )
    for number in (1, 2):
        job = queue.add(a_job(tmp_path, number))
        until(lambda job=job: queue.get(job.id).state == "done")
    queue.close()


def test_a_request_that_cannot_be_kept_says_why_and_starts_nothing(tmp_path, monkeypatch, full):
    with served(Workspace(tmp_path / "runs"), prewarmed=AtOnce()) as visitor:
        visitor.key()
        monkeypatch.setattr("emigre.web.jobs.write_whole", full)
        state = {"state": "end=2030-03-03&runs=1", "action": "quick"}
        answer = visitor.post("/scenarios/tiny", state)
        assert (answer.status_code, visitor.get("/").status_code) == (500, 200)
        assert "No space left on device: job.json" in answer.text
        assert "/jobs/" not in visitor.get("/").text


def test_half_an_archive_is_not_left_behind(tmp_path, monkeypatch, full):
    (tmp_path / "runs" / "r").mkdir(parents=True)
    (tmp_path / "runs" / "r" / "run.json").write_text("{}", "utf-8")
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    monkeypatch.setattr(Workspace, "zip", full)
    monkeypatch.setattr("shutil.make_archive", full)
    with served(Workspace(tmp_path / "runs")) as visitor:
        for address in ("/zip/r", "/scenarios/tiny/zip"):
            assert visitor.get(address).status_code == 500
            assert not list((tmp_path / "temporary").iterdir())


def test_names_set_at_the_same_time_are_all_kept(tmp_path):
    labels = Labels(tmp_path / "labels.json")
    threads = [Thread(target=labels.set, args=(str(i), Label(f"Name {i}"))) for i in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(labels.all()) == 16
