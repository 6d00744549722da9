"""The run and its queries on databases of the kind that production has."""
