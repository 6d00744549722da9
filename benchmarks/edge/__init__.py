"""The edge function beside its limits."""
