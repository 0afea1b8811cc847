"""What happens in a process under observation; Python loads this by itself where its folder is on PYTHONPATH.

The environment's OBSERVED is a JSON object. `root` is a folder: a change is a call that makes, opens to write, renames,
links, or removes something in it, or an fsync; so they are counted, each process its own, from 1. The other keys:

    stamp           lines on stderr begin with time.monotonic() at which they were written
    slow_sync_s     every fsync takes so much longer, as on a busy disk
    changes_to      a file, to which a line is appended at each change: "main", "worker" or "helper", its number, and
                    what it is, like "os.rename"
    die_at          kills its process group before this change...
    die_in          ...of "main" or of a "worker"
    largest_file    bytes: dies in the middle of the write that would make a file larger
    ready, go       file descriptors: at its change `meet_at`, says so and waits until the other end of `go` is closed
"""

import io
import json
import os
import resource
import signal
import sys
import time

CHANGES = {"os.rename", "os.symlink", "os.link", "os.mkdir", "os.rmdir", "os.remove", "os.truncate", "os.chmod"}
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC


class Stamped(io.TextIOWrapper):
    """A text stream whose lines begin with the time."""

    at_start = True

    def write(self, text):
        stamp = f"{time.monotonic():.6f} " if text and self.at_start else ""
        self.at_start = text.endswith("\n") if text else self.at_start
        return super().write(stamp + text)


class Observation:
    """Counts the changes, and does at them what is asked for."""

    def __init__(self, settings):
        self.settings = settings
        self.root = settings.get("root", "/")
        self.who = _who(sys.orig_argv)
        self.n_changes = 0
        self.changes = None
        self.sync = os.fsync

    def begin(self):
        settings = self.settings
        if settings.get("stamp"):
            sys.stderr = Stamped(sys.stderr.buffer, encoding="utf-8", errors="backslashreplace", line_buffering=True)
        if "changes_to" in settings:
            self.changes = os.open(settings["changes_to"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        if "largest_file" in settings and self.who == "main":
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            resource.setrlimit(resource.RLIMIT_FSIZE, (settings["largest_file"], resource.RLIM_INFINITY))
            signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
        os.fsync = self.slow_sync
        sys.addaudithook(self.audit)

    def slow_sync(self, handle):
        self.change("os.fsync")
        time.sleep(self.settings.get("slow_sync_s", 0))
        self.sync(handle)

    def audit(self, event, arguments):
        if event == "open":
            path, _, flags = arguments
            if flags & WRITING and self.is_inside(path):
                self.change(event)
        elif event in CHANGES and any(self.is_inside(argument) for argument in arguments):
            self.change(event)

    def is_inside(self, path):
        if not isinstance(path, str | bytes):
            return False
        path = os.fsdecode(path)
        # What is not from the root is relative to an open folder: outputs alone are made like this.
        return path.startswith(self.root) or (path != "" and not path.startswith("/"))

    def change(self, what):
        self.n_changes += 1
        settings = self.settings
        if self.changes is not None:
            os.write(self.changes, f"{self.who} {self.n_changes} {what}\n".encode())
        if self.who == settings.get("die_in") and self.n_changes == settings["die_at"]:
            os.killpg(os.getpgrp(), signal.SIGKILL)
        if self.who == "main" and self.n_changes == settings.get("meet_at"):
            os.write(settings["ready"], b"!")
            os.read(settings["go"], 1)


def _who(arguments):
    if "--multiprocessing-fork" in arguments:
        return "worker"
    return "main" if arguments[1:3] == ["-m", "imgcmp"] else "helper"  # multiprocessing starts one, too


if "OBSERVED" in os.environ:
    Observation(json.loads(os.environ["OBSERVED"])).begin()
