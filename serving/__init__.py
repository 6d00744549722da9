"""The answer: what an application imports or deploys. TensorFlow in the model server alone."""
