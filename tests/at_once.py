"""Several things at the same moment, each on a database connection of its own."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

from django.db import connection

T = TypeVar("T")


def at_once(*jobs: Callable[[], T]) -> list[T]:
    """Begin all of them together; their results in order. The first failure is raised when all have ended."""
    start = Barrier(len(jobs))

    def run(job: Callable[[], T]) -> T:
        try:
            start.wait()
            return job()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return [future.result() for future in [pool.submit(run, job) for job in jobs]]
