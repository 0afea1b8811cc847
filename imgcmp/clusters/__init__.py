"""Pairs within a radius -> labels of clusters.

`linkage` is what is called; `cut` says at which height the tree is cut, `routes` which way clusters are found, and
`small`, `single_linkage`, `chain` and `view_components` are these ways. How and why: docs/how-clustering-works.md.
"""
