"""What a run would do, without TFX: which nodes take an earlier result, and how long it takes."""
