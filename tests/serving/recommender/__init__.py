"""The model server and its client."""
