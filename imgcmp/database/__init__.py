"""Packed words <-> one HDF5 file.

`database` is what is in memory, `datasets` and `user_block` what is in the file (docs/format.md), which is only ever
replaced as a whole. `verification` tells what is wrong with a damaged one.
"""
