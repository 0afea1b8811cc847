"""Arguments -> commands: `imgcmp` and the three scripts, one file a command."""
