"""Packed words <-> one HDF5 file.

`image_table` and `database` are what is in memory, over a `pool` of rows; `segments`, `sealed_file` and `hdf5_objects`
what is in the file (docs/format.md), which is added to, or replaced as a whole. `verification` tells what is wrong with
a damaged one.
"""
