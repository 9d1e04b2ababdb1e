"""One running house for the journeys: web, worker and sandbox as processes, on PostgreSQL and Redis."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import running


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[running.House]:
    folder: Path = tmp_path_factory.mktemp("house")
    with running.house(folder) as one:
        yield one
