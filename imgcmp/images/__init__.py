"""Names on the disk -> grey pixels.

`find_images` finds the files, `decoders` opens one by its content (`formats` has what there is), `grey_pixels` makes of
it grey pixels, which `orientation` turns upright. `resize_image` makes a smaller copy of one.
"""
