"""Take away what Windows lacks, as far as a process can do that to itself: imported first, before anything else."""

import builtins
import os
import signal
import sys

MODULES = ("fcntl", "resource", "termios", "pwd", "grp", "posix_ipc")
OF_OS = (
    *("sysconf", "sched_getaffinity", "fork", "forkpty", "getuid", "geteuid", "getgid", "getpgid", "mkfifo", "pwrite"),
    *("pread", "getloadavg", "statvfs", "O_NONBLOCK", "O_NOCTTY", "O_NOFOLLOW", "O_CLOEXEC", "O_DIRECTORY"),
)
OF_SIGNAL = ("SIGHUP", "SIGKILL", "SIGCHLD", "SIGPIPE", "SIGALRM", "SIG_BLOCK", "SIG_SETMASK", "pthread_sigmask")

_open = builtins.open


def _open_no_kernel_file(file, *arguments, **named):
    if isinstance(file, str) and file.startswith(("/proc/", "/sys/")):
        raise FileNotFoundError(2, "No such file or directory", file)
    return _open(file, *arguments, **named)


def take_away():
    sys.modules.update(dict.fromkeys(MODULES))
    builtins.open = _open_no_kernel_file
    for module, names in ((os, OF_OS), (signal, OF_SIGNAL)):
        for name in names:
            if hasattr(module, name):
                delattr(module, name)
