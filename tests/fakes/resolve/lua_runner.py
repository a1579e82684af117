"""Runs a menu entry in Lua as Resolve runs it: with the global ``resolve``, and a world behind it.

``lua_runner.py ADDRESS KEY ENTRY VERSION`` with the Lua of ``lupa``'s module VERSION.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent))
address, key, entry, version = sys.argv[1:5]
sys.argv[1:] = []
import runner  # noqa: E402

lupa = importlib.import_module(f"lupa.{version}")
lua = lupa.LuaRuntime(unpack_returned_tuples=True)
link = runner.Link(address, bytes.fromhex(key))
number, _, _ = link.ask(("hello",))

# An object of Resolve is userdata whose methods are called with a colon.
make = lua.eval("""function(call, get, names, number)
  local proxy = newproxy(true)
  getmetatable(proxy).__index = function(_, name)
    if name == "__number" then return number end
    if name:sub(1, 7) == "EXPORT_" then return get(number, name) end
    if not names(number, name) then return nil end
    return function(self, ...) return call(number, name, ...) end
  end
  return proxy
end""")
number_of = lua.eval("function(proxy) return proxy.__number end")


def inward(value: object) -> object:
    if isinstance(value, runner.Handle):
        return make(call, get, names, value._number)
    if isinstance(value, list):
        return lua.table_from([inward(one) for one in value])
    if isinstance(value, dict):
        return lua.table_from({key: inward(one) for key, one in value.items()})
    return value


def outward(value: object) -> object:
    kind = lupa.lua_type(value)
    if kind == "userdata":
        return runner.Handle(link, number_of(value))
    if kind == "table":
        items = {key: outward(one) for key, one in value.items()}  # type: ignore[attr-defined]
        return list(items.values()) if list(items) == list(range(1, len(items) + 1)) else items
    return value


def call(number: int, name: str, *args: object) -> object:
    return inward(link.call(number, name, tuple(outward(one) for one in args)))


def get(number: int, name: str) -> object:
    return inward(link.call(number, name, ()))


def names(number: int, name: str) -> bool:
    return name in link.ask(("names", number))


lua.globals().resolve = make(call, get, names, number)
lua.execute(Path(entry).read_text("utf-8"))
sys.stdout.flush()
