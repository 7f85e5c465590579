"""tilsyn: goal tracking and the escalating supervision ladder, declared in YAML.

The package root decides nothing; it only carries the version, which every run records.
"""

__version__ = "0.1.0"
