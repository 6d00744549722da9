"""`make bench-quality` and `make ablation`: our model beside its peers, on stated protocols."""
