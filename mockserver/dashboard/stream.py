"""The newest events with their verdicts, and the unbilled ones among them by reason."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from mockserver.dashboard.verdicts import in_brief, in_full
from mockserver.explaining.alone import Judge
from mockserver.explaining.reading import own_reading
from mockserver.explaining.stories import Story
from mockserver.rating.explanation import REASONS, Reason
from mockserver.store import events as raw
from mockserver.store.latest import arrived
from mockserver.work import Work

MAX_LISTED, MAX_SCANNED = 200, 5000


def newest(work: Work, after: int, before: int | None, limit: int, details: bool, event_id: str = "") -> dict[str, Any]:
    """At most ``limit`` events that arrived after one and before another sequence number, the newest first, or those of
    one id. ``more``: there are further ones below the last."""
    connection, environment = work.tx.connection, work.tx.environment_id
    if event_id:
        same = raw.same_id(connection, environment, event_id) + raw.same_id_unlisted(connection, environment, event_id)
        within = [event for event in same if after < event.seq and (before is None or event.seq < before)]
        found = sorted(within, key=lambda event: -event.seq)
    else:
        found = arrived(connection, environment, after, before, limit + 1)
    listed = found[:limit]
    judge = Judge(work)

    def tell(story: Story) -> dict[str, Any]:
        if not details:
            return in_brief(story)
        payers = judge.payers(story.event.external_customer_id) or ()
        return in_full(story, [item for payer in payers for item in payer.items])

    return {
        "reading": own_reading(work),
        "more": len(found) > limit,
        "events": [{"seq": s.event.seq, **tell(s)} for s in judge.stored(listed)],
    }


def unbilled(work: Work, reading: str, scan: int, limit: int) -> dict[str, Any]:
    """The unbilled ones of the latest ``scan`` events by reason; at most ``limit`` are listed per reason."""
    found = arrived(work.tx.connection, work.tx.environment_id, 0, None, scan + 1)
    looked_at = found[:scan]
    groups: dict[Reason, list[Story]] = defaultdict(list)
    for story in Judge(work).stored(looked_at):
        reason = story.verdicts[reading].reason
        if reason is not None:
            groups[reason].append(story)
    return {
        "reading": reading,
        "scanned": len(looked_at),
        "more": len(found) > scan,
        "total": sum(map(len, groups.values())),
        "reasons": [
            {
                "reason": reason,
                "meaning": reason.sentence,
                "count": len(groups[reason]),
                "events": list(map(in_brief, groups[reason][:limit])),
            }
            for reason in REASONS
            if reason in groups
        ],
    }
