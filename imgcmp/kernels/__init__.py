"""Every jitted function, by concept.

Kernels check nothing: their wrappers, in the rooms above, do. They release the GIL, so that `imgcmp.system.threads` can
run those that take a range of rows side by side. Those that are called from Python are entries: compiled once, and kept
on disk under one stamp for this folder (`imgcmp.kernels.jit`).
"""
