"""Grey pixels -> bits -> packed words.

`hashes` has the kinds of fingerprints, `views` those of what changed copies would be, `flatness` tells what shows too
little, and `fingerprint` does all of it for one image: what a decoding process runs.
"""
