-- The last 28 days of exposures by user and day, the last day being 0: videos, each at its first
-- exposure in that time, and those of them that were liked next.
WITH {valid},

last AS (
    SELECT max(shown_at) AS at FROM two_tower.exposures
),

shown AS MATERIALIZED (
    SELECT user_id, video_id, min(shown_at) AS at
    FROM two_tower.exposures
    WHERE shown_at > (SELECT at - interval '28 days' FROM last)
    GROUP BY user_id, video_id
),

outcomes AS (
    SELECT DISTINCT ON (user_id, video_id) user_id, video_id, decision
    FROM shown JOIN user_video_decisions USING (user_id, video_id)
    WHERE decided_at > at
    ORDER BY user_id, video_id, decided_at
)

SELECT
    dense_rank() OVER (ORDER BY user_id) - 1 AS number,
    floor(extract(epoch FROM (SELECT at FROM last) - at) / 86400)::int AS day,
    count(*) AS videos,
    count(*) FILTER (WHERE decision = 'like') AS likes,
    (SELECT at FROM last) AS until
FROM shown LEFT JOIN outcomes USING (user_id, video_id)
GROUP BY user_id, day
