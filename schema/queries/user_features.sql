-- A user's features from decisions strictly before a moment: one row per row of `moments`.
-- Needs a relation moments(user_id uuid, at timestamptz). {these_users} restricts the user ids, so
-- that the decisions of other users are not read.
decided AS MATERIALIZED (
    SELECT
        decision.user_id,
        decision.video_id,
        decision.decided_at AS at,
        decision.decision = 'like' AS liked,
        ({video_price})::float8 AS price,
        video.genre
    FROM user_video_decisions AS decision
    JOIN videos AS video USING (video_id)
    WHERE decision.user_id {these_users}
        AND decision.decided_at < '{until}'::timestamptz
),

timeline AS (
    SELECT user_id, at, liked, price, at AS decided_at, false AS is_moment FROM decided
    UNION ALL
    SELECT user_id, at, NULL, NULL, NULL, true FROM moments
),

-- Timestamps count microseconds, so "up to one microsecond before" is "strictly before".
windowed AS (
    SELECT
        user_id,
        at,
        is_moment,
        count(*) FILTER (WHERE liked) OVER before AS likes,
        count(*) FILTER (WHERE NOT liked) OVER before AS nopes,
        avg(price) FILTER (WHERE liked) OVER before AS avg_price,
        extract(epoch FROM at - min(decided_at) OVER before)::float8 / 86400 AS days_active,
        extract(epoch FROM at - max(decided_at) OVER before)::float8 / 86400 AS days_idle
    FROM timeline
    WINDOW before AS (
        PARTITION BY user_id ORDER BY at
        RANGE BETWEEN UNBOUNDED PRECEDING AND '1 microsecond' PRECEDING
    )
),

past AS (SELECT * FROM windowed WHERE is_moment),

-- Each user's decisions once, newest first: a moment's history is the end of that list.
ever AS (
    SELECT
        user_id,
        count(*) FILTER (WHERE liked) AS likes,
        count(*) FILTER (WHERE NOT liked) AS nopes,
        array_agg(video_id::text ORDER BY at DESC, video_id) FILTER (WHERE liked) AS liked_videos,
        array_agg(video_id::text ORDER BY at DESC, video_id) FILTER (WHERE NOT liked) AS noped_videos,
        array_agg(genre ORDER BY at DESC, video_id) FILTER (WHERE liked) AS liked_genres
    FROM decided
    GROUP BY user_id
),

user_features AS MATERIALIZED (
    SELECT
        past.user_id AS key_user_id,
        past.at AS key_at,
        {user_columns}
    FROM past
    LEFT JOIN ever USING (user_id)
    CROSS JOIN LATERAL (
        SELECT ever.liked_videos[
            ever.likes - past.likes + 1 : ever.likes - past.likes + {history_length}
        ] AS videos
    ) AS liked
    CROSS JOIN LATERAL (
        SELECT ever.noped_videos[
            ever.nopes - past.nopes + 1 : ever.nopes - past.nopes + {history_length}
        ] AS videos
    ) AS noped
    CROSS JOIN LATERAL (
        SELECT array_agg(name ORDER BY name) AS names, array_agg(n ORDER BY name) AS counts
        FROM (
            SELECT name, count(*)::float8 AS n
            FROM unnest(ever.liked_genres[ever.likes - past.likes + 1 :]) AS name
            WHERE name <> ''
            GROUP BY name
        ) AS counted
    ) AS liked_genre
)
