"""Parts of `make run` on a bare machine: packages, database, sample data, terminal."""
