"""The command line: parse, call a service, show. It holds no logic of its own."""
