"""The page and its assets, as they were built."""

import pytest

from tests.http_api.serving import Api

SCRIPT = "const board = 1;\n" * 100
FOREVER = "public, max-age=31536000, immutable"


@pytest.fixture
def built(api: Api) -> Api:
    """The API with a page to serve."""
    assets = api.static_dir / "assets"
    (assets / "folder").mkdir(parents=True)
    (api.static_dir / "index.html").write_text("<!doctype html><title>É</title>")
    (api.static_dir / "secret.js").write_text("outside")
    (assets / "index-Ab1.js").write_text(SCRIPT)
    for name in ("index-Ab1.css", "icon-1.svg", "inter-1.woff2", "LICENSES.md", "odd"):
        (assets / name).write_text("x")
    return api


async def test_the_page_is_never_kept(built: Api) -> None:
    """It names the assets of its version, so it is asked for anew; any key is its own."""
    answer = await built.get("/?window=1h&anything=1&anything=2")

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.text == "<!doctype html><title>É</title>"


async def test_a_market_and_an_event_have_an_address_of_the_page(built: Api) -> None:
    """The same page, whatever the ticker; a path below it is none."""
    for path in ("/m/KXSAMPLE-26NOV21-T61", "/m/never-heard-of", "/e/KXSAMPLE-26NOV21"):
        answer = await built.get(f"{path}?w=1h")

        assert answer.status_code == 200, path
        assert answer.headers["cache-control"] == "no-store"
        assert answer.text == "<!doctype html><title>É</title>"
    for path in ("/m/", "/m/A/B", "/e", "/x/A"):
        assert (await built.get(path)).status_code == 404, path


async def test_an_asset_is_kept_for_ever(built: Api) -> None:
    """Its name changes with its content; its type is right on every machine."""
    for name, content_type in (
        ("index-Ab1.css", "text/css; charset=utf-8"),
        ("icon-1.svg", "image/svg+xml"),
        ("inter-1.woff2", "font/woff2"),
        ("LICENSES.md", "text/markdown; charset=utf-8"),
        ("odd", "application/octet-stream"),
    ):
        answer = await built.get(f"/assets/{name}")

        assert answer.status_code == 200, name
        assert answer.headers["content-type"] == content_type
        assert answer.headers["cache-control"] == FOREVER
        assert answer.text == "x"


async def test_a_script_is_sent_as_it_lies(built: Api) -> None:
    """Unchanged, and compressed for those who take that."""
    packed = await built.get("/assets/index-Ab1.js")
    plain = await built.get(
        "/assets/index-Ab1.js", headers={"Accept-Encoding": "identity"}
    )

    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.text == plain.text == SCRIPT
    assert plain.headers["content-type"] == "text/javascript; charset=utf-8"


async def test_no_name_leads_out_of_the_assets(built: Api) -> None:
    """What is no file of that folder does not exist."""
    for path in (
        "/assets/absent.js",
        "/assets/oddity",
        "/assets/od",
        "/assets/folder",
        "/assets/..",
        "/assets/..%2fsecret.js",
        "/assets/%2e%2e%2fsecret.js",
        "/assets/../secret.js",
        "/assets/%00",
        "/secret.js",
        "/index.html",
    ):
        status, _, body = await built.send_raw(
            f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
        )

        assert status == 404, path
        assert b'"not_found"' in body


async def test_a_page_that_was_not_built(api: Api) -> None:
    """A sentence says how to build it, under the same policy: nothing inline."""
    answer = await api.get("/")

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "make clean setup" in answer.text
    assert "<style" not in answer.text
    assert "style=" not in answer.text
    assert (await api.get("/assets/any.js")).status_code == 404
