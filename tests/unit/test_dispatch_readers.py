"""Threads that read streams are used again and leave nothing behind."""

from threading import Event, current_thread

from supportbot.dispatch.readers import Readers


def ran(readers: Readers) -> int:
    """Run a job and return the thread that ran it."""
    done, seen = Event(), list[int]()

    def job() -> None:
        seen.append(id(current_thread()))
        done.set()

    readers.run(job)
    assert done.wait(5)
    return seen[0]


def test_a_thread_that_is_done_takes_the_next_job() -> None:
    readers = Readers()
    threads = {ran(readers) for _ in range(200)}
    assert len(threads) < 200
    readers.close()


def test_a_job_that_hangs_holds_up_nobody_else() -> None:
    readers, release, began = Readers(), Event(), Event()

    def hang() -> None:
        began.set()
        release.wait(5)

    readers.run(hang)
    assert began.wait(5)
    assert ran(readers)
    release.set()
    readers.close()
