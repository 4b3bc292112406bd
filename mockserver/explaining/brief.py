"""What became of an event in a word, for the log."""

from __future__ import annotations

from mockserver.divergences import Divergences
from mockserver.explaining.alone import Judge
from mockserver.explaining.reading import own_reading
from mockserver.store import access, waiting
from mockserver.store import events as raw
from mockserver.store.store import Store
from mockserver.work import Caller, Work

BILLED = "billed"


def in_a_word(store: Store, divergences: Divergences, environment_id: str, event_id: str) -> str:
    """``billed``, or why the latest event of that id is not, in this server's own reading; empty if it is gone."""
    with store.read(environment_id) as tx:
        environment = access.find_environment(tx.connection, environment_id)
        if environment is None:
            return ""
        found = raw.same_id(tx.connection, environment_id, event_id)
        found += raw.same_id_unlisted(tx.connection, environment_id, event_id)
        if not found:
            held = waiting.all_of(tx.connection, environment_id) if environment.waiting else []
            return "waiting" if any(event.id == event_id for event in held) else ""
        caller = Caller("", environment.tenant_id, environment_id, ("super_admin",))
        work = Work(tx, caller, environment.now(), divergences)
        (story,) = Judge(work).stored([max(found, key=lambda event: event.seq)])
        return story.verdicts[own_reading(work)].reason or BILLED
