"""ReleaseFit: the candidate's recipe, fitted on everything up to the run's moment."""
