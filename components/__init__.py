"""The steps, in the order in which data passes."""
