"""What fingerprints there are to choose from: light, so that the command line can say it without numpy."""

METHODS = ("phash", "ahash", "dhash")
"""Kinds of fingerprints, the names of HASHES in imgcmp.fingerprints.hashes; the first is the default."""

MIN_X, MAX_X = 2, 64
"""Sides of a fingerprint."""

EVERY_KIND = "all"
PLAIN_KINDS = ("crops", "flips", "turns")
"""Kinds of views that may be chosen instead, in the order in which they are kept."""

DEFAULT_X = 8

# What finds most copies without wrong ones, by docs/measurements/accuracy.md; with SIM of imgcmp.clusters.auto_sim.
RECOMMENDED_X, RECOMMENDED_VIEWS = 16, "all"
