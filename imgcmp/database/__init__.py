"""Packed words <-> one HDF5 file, which is only ever replaced as a whole."""
