"""Data as the fit holds it: encoder, catalogue, moments."""
