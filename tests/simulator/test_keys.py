"""The key folder: written once, used again, refused when it is not a pair."""

from pathlib import Path
from typing import Literal

import pytest

from flowboard.errors import ConfigError
from flowboard.simulator.keys import open_key


@pytest.mark.parametrize(
    ("key_type", "header"),
    [("rsa", "-----BEGIN RSA PRIVATE KEY-----"), ("ed25519", "-----BEGIN PRIVATE KEY")],
)
def test_a_new_pair_is_written_for_its_owner_alone(
    tmp_path: Path, key_type: Literal["rsa", "ed25519"], header: str
) -> None:
    """Both files have mode 0600 and the PEM form that the exchange issues."""
    folder = tmp_path / "new" / "keys"
    key = open_key(folder, key_type)

    assert key.private_key_path == folder / "kalshi_private_key.pem"
    assert key.private_key_path.read_text().startswith(header)
    assert (folder / "kalshi_key_id").read_text().strip() == key.key_id
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}


@pytest.mark.parametrize("key_type", ["rsa", "ed25519"])
def test_a_pair_is_used_again(
    tmp_path: Path, key_type: Literal["rsa", "ed25519"]
) -> None:
    """A second start finds the same id and the same key, whatever its type."""
    first = open_key(tmp_path, key_type)
    first.private_key_path.chmod(0o644)
    again = open_key(tmp_path, None)

    assert again.key_id == first.key_id
    assert again.public_key == first.public_key
    assert first.private_key_path.stat().st_mode & 0o777 == 0o600


def test_a_key_of_the_other_type_is_refused(tmp_path: Path) -> None:
    """Asking for RSA in a folder of Ed25519 is told, not overwritten."""
    open_key(tmp_path, "ed25519")

    with pytest.raises(ConfigError, match=r"--key-type is rsa, but .* type ed25519"):
        open_key(tmp_path, "rsa")


@pytest.mark.parametrize("name", ["kalshi_key_id", "kalshi_private_key.pem"])
def test_half_a_pair_is_refused(tmp_path: Path, name: str) -> None:
    """One file alone is not completed: it might be somebody's real key."""
    (tmp_path / name).write_text("x")

    with pytest.raises(ConfigError, match=f"holds {name} alone"):
        open_key(tmp_path, None)


@pytest.mark.parametrize(
    ("key_id", "pem"), [("not a uuid", None), (None, "not a key"), (None, "")]
)
def test_files_that_are_no_pair_are_refused(
    tmp_path: Path, key_id: str | None, pem: str | None
) -> None:
    """An id or a key that cannot be read is told in one sentence."""
    key = open_key(tmp_path, "ed25519")
    if key_id is not None:
        (tmp_path / "kalshi_key_id").write_text(key_id)
    if pem is not None:
        key.private_key_path.write_text(pem)

    with pytest.raises(ConfigError, match="no readable pair"):
        open_key(tmp_path, None)


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    """A file in the way of the folder is an error of --keys."""
    (tmp_path / "file").write_text("")

    with pytest.raises(ConfigError, match=r"--keys .* cannot be used"):
        open_key(tmp_path / "file" / "keys", None)
