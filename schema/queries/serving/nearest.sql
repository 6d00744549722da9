-- The `limit` released, unseen videos nearest to the user's embedding, of the same model version.
-- `<#>` is the negative inner product, which of unit vectors is the negative cosine. The short form
-- `search` lies in the row itself and finds somewhat more than asked; the full vector orders them.
-- NOT IN, since NOT EXISTS became a join that hashes the vectors.
WITH seen AS (
    SELECT video_id FROM user_video_decisions WHERE user_id = %(user_id)s
    UNION ALL
    SELECT unnest(%(exclude)s::uuid[])
),

{valid},

near AS (
    SELECT video_id, title, embedding
    FROM {vectors} JOIN videos USING (video_id)
    WHERE (released_at > now()) IS NOT TRUE
        AND {vectors}.video_id NOT IN (SELECT video_id FROM seen WHERE video_id IS NOT NULL)
    ORDER BY search <#> %(vector)s::vector::halfvec, video_id
    LIMIT %(limit)s + 20
)
SELECT video_id::text, title, -(embedding <#> %(vector)s::vector) AS score
FROM near
ORDER BY embedding <#> %(vector)s::vector, video_id
LIMIT %(limit)s
