"""Packed words -> distances, and pairs within a radius.

`distances` compares all with all; `pairs` finds those within a radius, by a scan of all (`scan`) or by equal substrings
(`buckets`); `within` those of queries and others, by either (`within_buckets`). With views: `view_distances`,
`view_pairs`. Here arguments are checked, and kernels are run on threads.
"""
