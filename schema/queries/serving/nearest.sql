-- The `limit` released, unseen videos nearest to the user's embedding, of the same model version.
-- `<#>` is the negative inner product, which of unit vectors is the negative cosine.
WITH seen AS (
    SELECT video_id FROM user_video_decisions WHERE user_id = %(user_id)s
),

{valid}
SELECT video_id::text, title, -(embedding <#> %(vector)s::vector) AS score
FROM video_embeddings
JOIN videos USING (video_id)
WHERE model_version = %(version)s
    AND (released_at > now()) IS NOT TRUE
    AND NOT EXISTS (SELECT FROM seen WHERE seen.video_id = video_embeddings.video_id)
ORDER BY embedding <#> %(vector)s::vector, video_id
LIMIT %(limit)s
