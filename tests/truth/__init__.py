"""Published figures and published results: what the engine computes is held against what the world has published."""
