-- The released version whose embeddings are in the tables.
SELECT model_version FROM two_tower.releases ORDER BY released_at DESC LIMIT 1
