"""Grey pixels -> bits -> packed words.

`hashes` has the kinds of fingerprints, `views` those of crops, mirror images and turns, `flatness` tells what shows too
little, and `fingerprint` does all of it for one image: what a decoding process runs.
"""
