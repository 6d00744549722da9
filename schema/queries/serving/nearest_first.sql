-- As nearest.sql, but only the nearest 100 beyond `limit` are looked up in the catalogue: a quarter of
-- the time at 32,304 videos. If so many are invalid or unreleased, there are fewer rows than asked.
WITH seen AS (
    SELECT video_id FROM user_video_decisions WHERE user_id = %(user_id)s
    UNION ALL
    SELECT unnest(%(exclude)s::uuid[])
),

{valid},

near AS (
    SELECT video_id, embedding
    FROM {vectors}
    WHERE video_id NOT IN (SELECT video_id FROM seen WHERE video_id IS NOT NULL)
    ORDER BY search <#> %(vector)s::vector::halfvec, video_id
    LIMIT %(limit)s + 100
)
SELECT video_id::text, title, -(embedding <#> %(vector)s::vector) AS score
FROM near JOIN videos USING (video_id)
WHERE (released_at > now()) IS NOT TRUE
ORDER BY embedding <#> %(vector)s::vector, video_id
LIMIT %(limit)s
