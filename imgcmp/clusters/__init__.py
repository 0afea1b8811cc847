"""Pairs within a radius -> labels of clusters."""
