"""How a format is opened as it is shown, or refused: one file a family of formats.

Each opener takes a file and its row of the table of formats, and returns a Pillow image whose pixels are not decoded
yet. `imgcmp.images.decoders` has the table of them all. Packages of the extra `formats` are loaded when the first file
that they read is met.
"""
