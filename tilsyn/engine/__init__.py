"""From a plan and figures to placements: the readings, doubt, movement and effects.

The engine opens no file, reads no clock and draws no random number. A run is a pure function
of declarations, observations, state and day; the same four give the same answer in every reading.
"""
