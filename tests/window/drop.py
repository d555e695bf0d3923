#!/usr/bin/env python3
"""drop.py [--hover-until FILE] WINDOW X Y FILE…

Drops files on a window of the X server, as a file manager does it: protocol XDND, version 5. X and Y
count from the screen's corner. Ends well once the window says that it took them. With --hover-until
the files hover over the window until that file exists.
"""

import os
import select
import sys
import time
import urllib.parse

from Xlib import X, display
from Xlib.protocol import event

VERSION = 5
PATIENCE_SECONDS = 20
TICK_SECONDS = 0.1


class Drag:
    def __init__(self, target, x, y, paths):
        self.display = display.Display()
        self.target = self.display.create_resource_object("window", target)
        self.place = (x << 16) | y
        uris = ("file://" + urllib.parse.quote(os.path.abspath(path)) for path in paths)
        self.uris = "".join(uri + "\r\n" for uri in uris).encode()
        self.source = self.display.screen().root.create_window(0, 0, 1, 1, 0, X.CopyFromParent)
        self.source.set_selection_owner(self.atom("XdndSelection"), X.CurrentTime)
        self.deadline = time.monotonic() + PATIENCE_SECONDS

    def atom(self, name):
        return self.display.intern_atom(name)

    def tell(self, name, *data):
        words = [self.source.id, *data]
        words += [0] * (5 - len(words))
        message = event.ClientMessage(
            window=self.target, client_type=self.atom(name), data=(32, words)
        )
        self.target.send_event(message, event_mask=0)
        self.display.flush()

    def enter(self):
        self.tell("XdndEnter", VERSION << 24, self.atom("text/uri-list"))

    def hover(self):
        self.tell("XdndPosition", 0, self.place, X.CurrentTime, self.atom("XdndActionCopy"))

    def release(self):
        self.tell("XdndDrop", 0, X.CurrentTime)

    def hand_over(self, request):
        """The target asks for what is dragged."""
        request.requestor.change_property(
            request.property, self.atom("text/uri-list"), 8, self.uris
        )
        answer = event.SelectionNotify(
            time=request.time,
            requestor=request.requestor,
            selection=request.selection,
            target=request.target,
            property=request.property,
        )
        request.requestor.send_event(answer)
        self.display.flush()

    def wait_for(self, wanted):
        """The data of the target's next message of this name."""
        while time.monotonic() < self.deadline:
            if not self.display.pending_events():
                select.select([self.display.fileno()], [], [], TICK_SECONDS)
                if not self.display.pending_events():
                    continue
            news = self.display.next_event()
            if news.type == X.SelectionRequest:
                self.hand_over(news)
            elif news.type == X.ClientMessage:
                if self.display.get_atom_name(news.client_type) == wanted:
                    return news.data[1]
        sys.exit(f"drop.py: no {wanted} from the window")


def main(arguments):
    awaited = None
    if arguments[0] == "--hover-until":
        awaited = arguments[1]
        arguments = arguments[2:]
    window, x, y = (int(word, 0) for word in arguments[:3])
    drag = Drag(window, x, y, arguments[3:])
    drag.enter()
    drag.hover()
    is_wanted = drag.wait_for("XdndStatus")[1] & 1
    if not is_wanted:
        sys.exit("drop.py: the window does not want the files")
    while awaited and not os.path.exists(awaited):
        if time.monotonic() > drag.deadline:
            sys.exit(f"drop.py: {awaited} did not come")
        time.sleep(TICK_SECONDS)
    drag.release()
    is_taken = drag.wait_for("XdndFinished")[1] & 1
    if not is_taken:
        sys.exit("drop.py: the window did not take the files")


main(sys.argv[1:])
