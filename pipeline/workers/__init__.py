"""RUNNER=workers: Beam's work in processes of their own on this machine."""
