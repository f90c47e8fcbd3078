"""Read by Python at its start where this folder is on the path: breaks one part.

`FAULT_HOOK` says which. The part is replaced when its module is imported, so that the
process under test is the real one in all else.
"""

import importlib.abc
import importlib.machinery
import os
import sys
import time
from types import ModuleType
from typing import Any

AFTER = 20  # Calls that go well before the first that does not.


def break_calls(module: ModuleType, owner: str, method: str, hangs: bool) -> None:
    """Let a method fail, or hang its thread, from its twentieth call on."""
    kind: Any = getattr(module, owner)
    right = getattr(kind, method)
    calls = 0

    def wrong(*arguments: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls > AFTER:
            if hangs:
                time.sleep(600)
            raise RuntimeError("broken on purpose")
        return right(*arguments, **named)

    setattr(kind, method, wrong)


HOOKS = {
    "hub_raises": ("flowboard.hub", "Hub", "publish", False),
    "hub_hangs": ("flowboard.hub", "Hub", "publish", True),
    "whales_raise": ("flowboard.whales", "Whales", "add", False),
}


class Finder(importlib.abc.MetaPathFinder):
    """Lets one module be found as usual, and changes it once it is loaded."""

    def __init__(self, hook: tuple[str, str, str, bool]) -> None:
        self._hook = hook

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        """Return the usual spec with our step behind its loading."""
        if name != self._hook[0]:
            return None
        sys.meta_path.remove(self)
        spec = importlib.machinery.PathFinder.find_spec(name, path)
        assert spec is not None
        assert spec.loader is not None
        load = spec.loader.exec_module

        def loaded(module: ModuleType) -> None:
            load(module)
            break_calls(module, *self._hook[1:])

        spec.loader.exec_module = loaded  # type: ignore[method-assign]
        return spec


if os.environ.get("FAULT_HOOK"):
    sys.meta_path.insert(0, Finder(HOOKS[os.environ["FAULT_HOOK"]]))
