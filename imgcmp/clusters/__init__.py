"""Pairs within a radius -> labels of clusters.

`linkage` is what is called, `cut` says at which height the tree is cut. `small` and `components` are the ways for few
images; for many, `routes` chooses `single_linkage`, `chain` or `view_components`: see docs/how-clustering-works.md.
"""
