"""The tests, by purpose; shared helpers are imported relatively."""
