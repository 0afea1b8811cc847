"""Names on the disk -> grey pixels."""
