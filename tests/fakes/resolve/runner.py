"""Runs a menu entry as Resolve runs it: ``runpy.run_path`` with the globals resolve, fusion and bmd.

Run by an interpreter that has none of our packages, with the world's address, its key, the entry's file and what the
user does in the window. Standard library only, Python 3.9 and later.
"""

import json
import runpy
import sys
import time
from multiprocessing.connection import Client


class Handle:
    """An object of Resolve. ``hasattr`` is always true: every name gives something that can be called (trap 15)."""

    def __init__(self, link, number):
        object.__setattr__(self, "_link", link)
        object.__setattr__(self, "_number", number)

    def __getattr__(self, name):
        if name.startswith("EXPORT_"):
            return self._link.call(self._number, name, ())
        return lambda *args: self._link.call(self._number, name, args)

    def __dir__(self):
        return self._link.ask(("names", self._number))


class Link:
    def __init__(self, address, key):
        self.connection = Client(address, authkey=key)
        self.waited = 0.0

    def ask(self, message):
        begin = time.perf_counter()
        if UI["reenter"] and UI["tick"] and message[0] == "call":
            # UIManager's loop may turn while a call waits for Resolve.
            tick, UI["tick"] = UI["tick"], None
            tick({"who": "Step", "what": "Timeout"})
        self.connection.send(message)
        answer = self.connection.recv()
        self.waited += time.perf_counter() - begin
        return answer

    def call(self, number, name, args):
        return self.inward(self.ask(("call", number, name, self.outward(args))))

    def outward(self, value):
        if isinstance(value, Handle):
            return ("handle", value._number)
        if isinstance(value, (list, tuple)):
            return type(value)(self.outward(item) for item in value)
        if isinstance(value, dict):
            return {key: self.outward(item) for key, item in value.items()}
        return value

    def inward(self, value):
        if isinstance(value, tuple) and len(value) == 2 and value[0] == "handle":
            return Handle(self, value[1])
        if isinstance(value, list):
            return [self.inward(item) for item in value]
        return value


class Events:
    """``window.On.ID.Event = handler``: names come into being when they are asked for."""

    def __getattr__(self, name):
        child = Events()
        object.__setattr__(self, name, child)
        return child


class Element:
    def __init__(self, kind, properties=(), children=()):
        self.kind, self.children = kind, list(children)
        self.__dict__.update(properties)

    def seen(self):
        """What there is to see of it, as JSON."""
        told = {key: value for key, value in vars(self).items() if isinstance(value, (str, int, bool))}
        return {
            **told,
            "Geometry": getattr(self, "Geometry", None),
            "children": [child.seen() for child in self.children],
        }


class Window(Element):
    def __init__(self, properties, children):
        super().__init__("Window", properties, children if isinstance(children, list) else [children])
        self.On, self.shown = Events(), False

    def GetItems(self):
        found = {}

        def look(element):
            if hasattr(element, "ID"):
                found[element.ID] = element
            for child in element.children:
                look(child)

        look(self)
        return found

    def Show(self):
        self.shown = True

    def Hide(self):
        self.shown = False


class Manager:
    """UIManager: elements are made by name, from properties and children in either order."""

    def __init__(self):
        self.timers = []

    def __getattr__(self, kind):
        def make(*parts):
            properties, children = {}, []
            for part in parts:
                if isinstance(part, dict):
                    properties.update(part)
                elif isinstance(part, list):
                    children += part
            element = Element(kind, properties, children)
            if kind == "Timer":
                element.running = False
                element.Start = lambda: setattr(element, "running", True)
                element.Stop = lambda: setattr(element, "running", False)
                self.timers.append(element)
            return element

        return make


class Dispatcher:
    def __init__(self, manager):
        self.timers = manager.timers
        self.On, self.windows, self.running = Events(), [], False

    def AddWindow(self, properties, children):
        window = Window(properties, children)
        self.windows.append(window)
        return window

    def RunLoop(self):
        self.running, ticks = True, 0
        UI["loops"] += 1
        while self.running:
            shown = [window for window in self.windows if window.shown]
            seen = [window.seen() for window in shown]
            if not UI["log"] or UI["log"][-1] != seen:
                UI["log"].append(seen)
            ticks += 1
            for window in shown:
                clicks = UI["clicks"].get(f"{UI['loops']}:{ticks}", UI["clicks"].get(str(ticks), []))
                cancel = window.GetItems().get("Cancel")
                if cancel is None or not getattr(cancel, "Enabled", True):
                    time.sleep(UI["open"])  # the run is over, and the editor reads the window
                    clicks = [("Close", "Clicked")]
                for name, event, *typed in clicks:
                    if typed:
                        setattr(window.GetItems()[name], event, typed[0])
                        continue
                    if event == "ReturnPressed" and not getattr(window.GetItems()[name], "Events", {}).get(event):
                        continue  # an element sends only the events that it was asked for
                    handler = getattr(getattr(window.On, name), event)
                    if callable(handler):
                        handler({"who": name, "what": event})
            handler = self.On.Timeout
            live = [timer for timer in self.timers if timer.running]
            UI["tick"] = handler if live else None
            if live and callable(handler):
                handler({"who": live[0].ID, "what": "Timeout"})
            else:
                time.sleep(0.01)

    def ExitLoop(self, code=0):
        self.running = False


class Bmd:
    @staticmethod
    def UIDispatcher(manager):
        return Dispatcher(manager)


class Fusion:
    def __init__(self, link, studio):
        self._link, self._studio = link, studio

    @property
    def UIManager(self):
        if not self._studio:
            self._link.ask(("dialog",))  # Studio only since 19.1: a dialog comes up (trap 15)
            return None
        return Manager()


class Plain:
    """A standard output with nothing but ``write``."""

    def __init__(self, stream):
        self.write = stream.write


def console(kind):
    """What Resolve's console puts in place of standard output."""
    if kind == "none":
        return None
    if kind == "cp1252":
        sys.stdout.reconfigure(encoding="cp1252", errors="strict")
    return Plain(sys.stdout) if kind == "plain" else sys.stdout


UI = {"clicks": {}, "log": [], "loops": 0, "tick": None, "reenter": False, "open": 0.0}


def main():
    address, key, entry, clicks, log = sys.argv[1:6]
    link = Link(address, bytes.fromhex(key))
    number, studio, kind = link.ask(("hello",))
    own = sys.stdout
    UI["clicks"] = json.loads(clicks)
    UI["reenter"], UI["open"] = bool(UI["clicks"].pop("reenter", 0)), UI["clicks"].pop("open", 0.0)
    sys.stdout = console(kind)
    try:
        runpy.run_path(
            entry,
            init_globals={"resolve": Handle(link, number), "fusion": Fusion(link, studio), "bmd": Bmd()},
            run_name="__main__",
        )
    finally:
        sys.stdout = own
        with open(log, "w", encoding="utf-8") as file:
            json.dump({"windows": UI["log"], "waited": link.waited}, file)


if __name__ == "__main__":
    main()
