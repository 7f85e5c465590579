"""Placements that people have worked out by hand, kept as files: figures in, placements out."""
