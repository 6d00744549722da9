"""`make bench-serving` and the long part of `make soak`: the service under load."""
