"""Both towers: data, model, fit and export. `run_fn` is what the TFX Trainer calls."""
