"""The use cases: they take loaded values and give values back.

What the command line and other callers share is here, so that neither holds logic. Files are
opened by `files`, decisions are made by `engine`, words are found by `telling`.
"""
