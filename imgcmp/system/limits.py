"""What a run may take unless someone says otherwise: light, so that the command line can say it at once."""

TIMEOUT_S = 60.0
"""Seconds a file may take."""

CHECKPOINT_S = 10.0
"""Seconds between two checkpoints, at least."""
