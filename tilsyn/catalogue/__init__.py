"""What may be declared: the grammar as frozen models, and the linking of files into one catalogue.

It decides what a declaration may say and whether the files agree with each other. It opens no
file and knows nothing of institutions or figures; a day is always an argument.
"""
