"""Names of the files that tell imgcmp's own folders from the user's."""

CLUSTERS_MARKER = ".imgcmp-clusters"
"""Lies in a folder of links to clusters, which the next run may replace as a whole."""

COPIES_MARKER = ".imgcmp-copies.jsonl"
"""Lies in a folder of resized copies."""
