"""The two towers over shared item embeddings, and their losses."""
