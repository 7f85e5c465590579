"""The semantics, rule by rule: the smallest table that shows the point, on both readings."""
