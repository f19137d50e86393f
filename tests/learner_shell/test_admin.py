"""The learner's pages in the admin: to be looked at."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from learner.models import Learner
from tests.learner_shell.rows import rows_of, write_csv


def test_admin_shows_and_changes_nothing(
    admin_client: Any, learner: Learner, retrain: Callable[..., str], tmp_path: Path
) -> None:
    file = write_csv(tmp_path / "s.csv", [r | {"key": i} for i, r in enumerate(rows_of(50))])
    retrain("--stream", str(file), "--target", "label", "--id", "key")
    for name in ("learner", "commit", "stream", "event"):
        page = admin_client.get(f"/admin/learner/{name}/")
        assert page.status_code == 200
        assert admin_client.get(f"/admin/learner/{name}/add/").status_code == 403
    page = admin_client.get(f"/admin/learner/learner/{learner.pk}/change/")
    assert page.status_code == 200
