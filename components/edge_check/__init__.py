"""Whether the files for other runtimes give the model's own vectors."""
