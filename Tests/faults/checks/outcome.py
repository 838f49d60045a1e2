"""What a run shows of a failed call, compared with runs in which nothing fails."""

import re

from Tests.syscalls.checks.session import BUSY
from Tests.syscalls.checks.table import Outcome, shorten, tidy

# Kinds of outcomes.
FAULT, TRAP, REFUSES, MESSAGE, COUNTED, REQUEST, ANOTHER_WAY, UNREACHED = (
    "fault",
    "a library ends the program",
    "does not start",
    "message",
    "counted",
    "a request fails",
    "another way",
    "not reached again",
)
# Libraries that trap if they get no event loop or thread, and calls with which they make them. The program makes these
# calls itself before, and refuses to start: RequiredSystemCalls.c.
TRAPPING = {"Dispatch", "swift-nio"}
MAKING_LOOPS = {
    "clone3", "epoll_create", "epoll_create1", "epoll_ctl", "eventfd2", "mmap", "mprotect", "openat", "timerfd_create",
}  # fmt: skip
# Warnings of a busy host, which come in any run.
BUSY_HOST = (*BUSY, "Samples are late", "No CPU", "Scans are late", "Sampling is late")


class Clean:
    """What runs without failures show."""

    def __init__(self, sessions):
        self.messages = {plain(message) for session in sessions for message in session.messages}
        self.counted = {name for session in sessions for name in session.counted}
        self.families = set.intersection(*(session.families for session in sessions))

    def outcome(self, session):
        if session.seen.forbidden and is_trap(session):
            return Outcome(TRAP, tidy(session.seen.forbidden[0]))
        if session.seen.forbidden:
            return Outcome(FAULT, "; ".join(map(tidy, session.seen.forbidden)))
        if session.seen.refusal:
            return Outcome(REFUSES, shorten(plain(session.seen.refusal), 240))
        if not session.injected:
            return Outcome(UNREACHED)
        messages = self.new_messages(session)
        counted = sorted(set(session.counted) - self.counted)
        lasting = [f"{part}: {why}" for part, why in session.seen.parts.items() if why]
        if lasting and not messages and not counted:
            return Outcome(FAULT, f"silence: {'; '.join(lasting)}")
        gone = sorted(self.families - session.families)
        if gone and not messages and not counted:
            return Outcome(FAULT, f"without {', '.join(gone)}, and nothing tells why")
        texts = [shorten(message, 200) for message in messages[:2]]
        texts += [f"{part}" for part in lasting]
        if counted:
            texts.append(", ".join(f"`{name}`" for name in counted))
        if messages:
            return Outcome(MESSAGE, "; ".join(texts))
        if counted:
            return Outcome(COUNTED, "; ".join(texts))
        if session.lost_requests:
            return Outcome(REQUEST, plain(session.lost_requests[0]))
        return Outcome(ANOTHER_WAY)

    def new_messages(self, session):
        new: list[str] = []
        for message in session.messages:
            text = plain(message)
            if text not in self.messages and text not in new and not text.startswith(BUSY_HOST):
                new.append(text)
        return new


def is_trap(session):
    """Whether a library ended the program that is known to do so."""
    return session.seen.forbidden[0].startswith("SIGILL") and any(
        place.library_used in TRAPPING and place.call in MAKING_LOOPS for place, _ in session.failures
    )


def plain(text):
    """The text without parts that differ from run to run."""
    text = tidy(text)
    text = re.sub(r"/tmp/gil-exporter-faults-[^/\s]+/([^/\s]+/)?", "", text)
    text = re.sub(r"observed-[\w-]+", "observed", text)
    text = re.sub(r"/proc/\d+", "/proc/N", text)
    return re.sub(r"\d+(\.\d+)? ?(ms|s|%)\b", "N \\2", text)
