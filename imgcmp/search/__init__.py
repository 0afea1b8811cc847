"""Packed words -> distances, and pairs within a radius."""
