"""Files in and out: declarations, figures, states, results. With the record the only place that opens any.

What a file means is decided by the catalogue and the engine; here it is read whole, or refused with
the place and the reason, and written whole, or not at all.
"""
