"""A secret is for its owner alone."""

import os
import stat

import pytest

from flowboard.secret_file import exposed


@pytest.fixture
def key_file(tmp_path):
    path = tmp_path / "key.pem"
    path.write_text("a secret")
    path.chmod(0o600)
    return path


@pytest.mark.parametrize("mode", [0o604, 0o640, 0o644, 0o666])
def test_a_file_that_others_can_use(key_file, mode):
    key_file.chmod(mode)

    found = exposed(key_file, os.geteuid())

    assert found == (
        f"{key_file} can be used by others (mode {mode:04o})",
        f"run `chmod 600 {key_file}`",
    )


def test_a_file_of_another_user(key_file):
    """Who owns it can change its mode whenever they like; root's is no news."""
    own = key_file.stat().st_uid

    assert exposed(key_file, own) is None
    if own != 0:
        assert "another user" in exposed(key_file, own + 1)[0]


def test_a_file_of_another_user_than_root(key_file, monkeypatch):
    """As above, whoever runs the tests."""
    values = list(key_file.stat())
    values[stat.ST_UID] = 1_234
    monkeypatch.setattr(type(key_file), "stat", lambda self: os.stat_result(values))

    problem, remedy = exposed(key_file, 99)

    assert "another user (uid 1234)" in problem
    assert "chmod 600" in remedy
