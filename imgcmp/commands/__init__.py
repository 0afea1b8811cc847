"""What the commands do, one file each, and what a person sees of it."""
