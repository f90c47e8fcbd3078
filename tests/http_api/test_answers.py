"""Objects become JSON; rendered ones are not rendered again."""

import orjson

from flowboard.http_api.answers import answer, listed


def test_rendered_objects_go_out_byte_for_byte() -> None:
    """A list is counted, and its objects stand in it as they were."""
    rendered = [b'{"price":"0.3600"}', b'{ "odd" : 1.0 }']

    made = answer({**listed("trades", rendered), "ticker": "É"})

    expected = '{"trades":[{"price":"0.3600"},{ "odd" : 1.0 }],"count":2,"ticker":"É"}'
    assert bytes(made.body).decode() == expected
    assert made.headers["content-type"] == "application/json"


def test_an_empty_list() -> None:
    """No object, count 0."""
    made = answer(listed("trades", iter(())))

    assert orjson.loads(bytes(made.body)) == {"trades": [], "count": 0}
