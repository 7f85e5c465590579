"""Questions about a rule set and its placements: what would move it, and later proofs and comparisons.

Studies ask the engine and decide nothing themselves; they too open no file and read no clock.
"""
