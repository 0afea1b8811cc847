"""Folders that stand for the root of a file system."""

import os


def tree(root, files):
    """Write texts below a folder, by their paths; return the folder's."""
    for path, text in files.items():
        os.makedirs(os.path.dirname(root / path), exist_ok=True)
        (root / path).write_text(text)
    return str(root)
