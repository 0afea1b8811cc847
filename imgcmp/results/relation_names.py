"""What the member of a cluster may be to the best one: the words."""

BEST = "best"

SAME_FILE, SAME_PIXELS, ONE_FRAME = "identical file", "identical pixels", "one frame alike"
MISSING, DAMAGED, SAME_SHOT, BURST = "missing", "damaged", "same shot", "burst"
REENCODED, GREY, RECOLOURED, NEGATIVE = "re-encoded or resized", "grey", "recoloured", "negative"
CROPPED, FRAMED, TURNED, EDITED, SIMILAR = "cropped", "framed", "turned or mirrored", "edited", "similar"

RELATIONS = (
    *(MISSING, SAME_FILE, SAME_PIXELS, BURST, DAMAGED, SAME_SHOT, ONE_FRAME, REENCODED),
    *(TURNED, GREY, RECOLOURED, NEGATIVE, CROPPED, FRAMED, EDITED, SIMILAR),
)
"""What a member may be to the best one of its cluster."""
