"""What the commands do, one file each, and what a person sees of it.

`fingerprint`, `cluster` and `run` are the way from files to clusters in one sitting; `console` shows progress.
"""
