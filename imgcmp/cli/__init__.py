"""Arguments -> commands: `imgcmp` and the three scripts, one file a command.

`main` has the list of them. Each file has the arguments of one, and a call of what does it: mostly the file of the same
name in `imgcmp.commands`.
"""
