"""Generated plans and institutions: the two readings are held to each other."""
