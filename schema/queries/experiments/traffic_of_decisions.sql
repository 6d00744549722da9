-- The last 28 days of decisions by user and day, the last day being 0: decisions, and likes.
WITH {valid},

last AS (
    SELECT max(decided_at) AS at FROM user_video_decisions
)

SELECT
    dense_rank() OVER (ORDER BY user_id) - 1 AS number,
    floor(extract(epoch FROM (SELECT at FROM last) - decided_at) / 86400)::int AS day,
    count(*) AS videos,
    count(*) FILTER (WHERE decision = 'like') AS likes,
    (SELECT at FROM last) AS until
FROM user_video_decisions
WHERE decided_at > (SELECT at - interval '28 days' FROM last)
GROUP BY user_id, day
