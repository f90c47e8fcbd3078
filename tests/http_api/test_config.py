"""`/api/config` tells what it was given."""

from tests.http_api.serving import CONFIG, Api


async def test_the_settings_as_given(api: Api) -> None:
    """Every field and no other; also while the windows are being rebuilt."""
    api.status.rebuilding(True)

    answer = await api.get("/api/config")

    assert answer.status_code == 200
    assert answer.json() == CONFIG
