"""README is made of what the program is and says: its tables are generated, its commands are run.

`python -m tests.docs` writes both anew; a test holds the page to them.
"""
