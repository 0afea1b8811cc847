"""What all other rooms stand on: files, locks, memory, processes, threads.

It knows no image. `processes` runs a task on many items, in processes that may crash or hang; `threads` runs kernels
side by side; `memory_budget` says which process may decode when; `atomic` and `lock` guard what is written.
"""
