"""What `make run` needs on a bare machine: packages, database, sample data, terminal."""
