"""What starts the nodes of a pipeline, and in which processes."""
