"""The memory of an authority: what it was told, what it ruled by, what was recommended and what was decided.

Everything is only ever added. Each row belongs to an entry of the ledger, which is chained, so that a change made
behind the program's back is found and named.
"""
