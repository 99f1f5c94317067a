"""The subcommands of `regulars`, by what an operator wants: each file is one group."""
