-- Ground truth of the full ranking in one window: users with a like there, with features from the
-- window's beginning. A video decided on before cannot be recommended, so it is not relevant.
seen AS (
    SELECT user_id, array_agg(DISTINCT video_id::text) AS videos
    FROM user_video_decisions
    WHERE user_id BETWEEN %(first_id)s AND %(last_id)s
        AND decided_at < '{since}'::timestamptz
    GROUP BY user_id
),

relevant AS (
    SELECT latest.user_id, array_agg(latest.video_id::text ORDER BY latest.video_id) AS videos
    FROM (
        SELECT DISTINCT ON (user_id, video_id) user_id, video_id, decision
        FROM user_video_decisions
        WHERE user_id BETWEEN %(first_id)s AND %(last_id)s
            AND decided_at >= '{since}'::timestamptz AND decided_at < '{until}'::timestamptz
        ORDER BY user_id, video_id, decided_at DESC
    ) AS latest
    LEFT JOIN seen USING (user_id)
    WHERE latest.decision = 'like' AND latest.video_id::text <> ALL (coalesce(seen.videos, '{}'))
    GROUP BY latest.user_id
),

moments AS (SELECT user_id, '{since}'::timestamptz AS at FROM relevant)
