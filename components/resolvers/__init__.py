"""Earlier runs' artifacts that a run is compared with or starts from."""
