"""What the kinds of links are called: a light module, for those who only read arguments."""

SYMLINK, HARDLINK, COPY, NONE = "symlink", "hardlink", "copy", "none"
LINK_KINDS = (SYMLINK, HARDLINK, COPY, NONE)
