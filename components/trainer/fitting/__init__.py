"""The way from decisions to weights: closed form, warm start, valid window."""
