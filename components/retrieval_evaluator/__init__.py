"""The second gate: how well a model ranks the full catalogue, against popularity and live."""
