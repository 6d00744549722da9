"""ModelReview: what the gate measured and said, as one page for the person who watches over it."""
