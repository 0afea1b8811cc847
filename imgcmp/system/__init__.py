"""What all other rooms stand on: files, locks, signals, memory, processes, threads. It knows no image."""
