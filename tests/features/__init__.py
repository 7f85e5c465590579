"""The Danish features of `features/`, bound to the program."""
