"""How well releases and experiments work."""
