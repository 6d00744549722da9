-- The version that is live: the pointer row. Read it in one snapshot with the vectors.
SELECT version, previous, since FROM two_tower.live
