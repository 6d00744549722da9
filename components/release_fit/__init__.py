"""ReleaseFit: the accepted recipe, fitted on everything up to the run's moment."""
