"""The command line as people use it: what it answers, in both languages, and how it leaves."""
