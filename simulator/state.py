"""The simulator of this process: all state in memory, behind one lock."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime
from typing import Any

from simulator.clock import Clock
from simulator.faults import Faults
from simulator.grants import Consent, Grants
from simulator.journal import Journal
from simulator.storage import Storage
from simulator.switches import DenyMode, Switches
from simulator.tickets import Stage, Ticket, Tickets
from simulator.world import App, Kind, Person
from simulator.worlds import WORLDS

VECTORS_BEGIN_AT = datetime(2026, 1, 1, tzinfo=UTC)


class Simulator:
    """Hold ``lock`` while reading or changing anything. ``stopping`` is set at exit."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.stopping = threading.Event()
        self._news = threading.Condition(self.lock)
        self.clock = Clock()
        self.journal = Journal()
        self.held_polls = 0
        self.storage = Storage(None)
        self.begin("demo")

    def begin(self, world: str) -> None:
        """Discard everything and start with a world."""
        with self.lock:
            self.world = WORLDS[world]()
            self.tickets = Tickets()
            self.grants = Grants()
            self.faults = Faults()
            self.switches = Switches()
            self.unseen_secrets: dict[str, str] = {}
            self.journal.clear()
            self.clock.follow_real_time()
            if world == "vectors":
                self.clock.stop_at(VECTORS_BEGIN_AT)
            self.tell_pollers()

    def resume(self, storage: Storage) -> None:
        """Continue with the state of a file, and save later changes to it."""
        kept = storage.read()
        with self.lock:
            self.storage = storage
            if kept is not None:
                self.begin("empty")
                self.world, self.switches = kept

    def keep(self) -> None:
        """Save changes to the file if one was given."""
        with self.lock:
            self.storage.write(self.world, self.switches)

    def tell_pollers(self) -> None:
        """Wake every held poll, because something may have changed."""
        with self.lock:
            self._news.notify_all()

    def stop(self) -> None:
        """End all held polls."""
        self.stopping.set()
        self.tell_pollers()

    def poll(self, uuid: str, last: str) -> tuple[Stage, str]:
        """Return the stage and code of a QR code once the stage differs from the caller's."""
        with self.lock:
            deadline = time.monotonic() + self.switches.poll_hold_s
            while True:
                stage, code = self.tickets.stage(uuid, self.clock.now())
                if stage is not Stage.WAITING and str(stage.value) != last:
                    return stage, code
                remaining = deadline - time.monotonic()
                if remaining <= 0 or self.stopping.is_set():
                    return Stage.WAITING, ""
                self.held_polls += 1
                self._news.wait(remaining)
                self.held_polls -= 1

    def scan(self, ticket: Ticket) -> None:
        """The phone has scanned the QR code, perhaps again after 取消."""
        with self.lock:
            if ticket.stage in (Stage.WAITING, Stage.CANCELLED):
                ticket.stage = Stage.SCANNED
                self.tell_pollers()

    def agree(self, ticket: Ticket, person: Person) -> None:
        """同意: issue the code. After that, nothing changes any more."""
        with self.lock:
            if ticket.awaits_decision:
                ticket.code = self.issue_code(ticket.app, person, "snsapi_login")
                ticket.stage = Stage.CONFIRMED
                self.tell_pollers()

    def refuse(self, ticket: Ticket) -> None:
        """取消: the same QR code can be scanned again."""
        with self.lock:
            if ticket.awaits_decision:
                ticket.stage = Stage.CANCELLED
                self.tell_pollers()

    def returns_after_refusal(self) -> bool:
        """Whether the QR code page redirects to the app after 取消."""
        return self.switches.deny_mode is DenyMode.STATE_ONLY

    def issue_code(self, app: App, person: Person, scope: str) -> str:
        """Return a code as if the person had just allowed the app this scope."""
        with self.lock:
            snapshot = self.switches.snapshot and app.kind is Kind.SERVICE_ACCOUNT
            consent = Consent(app, person, scope, snapshot)
            return self.grants.issue_code(consent, self.clock.now())

    def record(self, endpoint: str, entry: dict[str, Any]) -> None:
        """Write a call into the journal."""
        with self.lock:
            self.journal.write(endpoint, {"at": self.clock.read(), **entry})


simulator = Simulator()
