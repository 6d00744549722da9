"""`make bench-server`: how fast the embedded model server answers."""
