-- Training pairs of one time window: 1 positive to `ratio` negatives per user. Explicit nopes
-- first, then videos that were released at the moment of the like and that the user has not
-- decided on before the window's end, drawn by popularity^alpha from a hash of the seed:
-- the same rows whatever the number of readers.
in_window AS (
    SELECT DISTINCT ON (user_id, video_id)
        user_id, video_id, decided_at AS at, decision = 'like' AS liked
    FROM user_video_decisions
    WHERE user_id BETWEEN %(first_id)s AND %(last_id)s
        AND decided_at >= '{since}'::timestamptz AND decided_at < '{until}'::timestamptz
    ORDER BY user_id, video_id, decided_at DESC
),

ranked AS (
    SELECT
        *,
        row_number() OVER (
            PARTITION BY user_id, liked
            ORDER BY md5(concat_ws('/', '{seed}', user_id, video_id)), video_id
        ) AS rank,
        count(*) FILTER (WHERE liked) OVER (PARTITION BY user_id) AS likes,
        count(*) FILTER (WHERE NOT liked) OVER (PARTITION BY user_id) AS nopes
    FROM in_window
),

-- The law of the draw. One is added to each count, so that nothing is impossible.
law AS MATERIALIZED (
    SELECT
        array_agg(video_id ORDER BY video_id) AS videos,
        array_agg(released_at ORDER BY video_id) AS released_at,
        array_agg(weight ORDER BY video_id) AS weights,
        array_agg(total ORDER BY video_id) AS totals,
        sum(weight) AS total
    FROM (
        SELECT video_id, released_at, weight, sum(weight) OVER (ORDER BY video_id) AS total
        FROM (
            SELECT
                videos.video_id,
                videos.released_at,
                power(count(decision.video_id) + 1, {alpha}::float8) AS weight
            FROM videos
            LEFT JOIN user_video_decisions AS decision
                ON decision.video_id = videos.video_id
                AND decision.decided_at < '{train_end}'::timestamptz
            GROUP BY videos.video_id, videos.released_at
        ) AS popularity
    ) AS cumulated
),

-- A like asks for its share of what the nopes leave open, and may try `tries` times for each.
-- Chance is a hash of like and try: 53 bits of it, from 0 up to 1.
draws AS (
    SELECT user_id, at, video_id AS liked_video, slots, try, place
    FROM (
        SELECT
            *,
            hashtextextended(concat_ws('/', user_id, video_id), {seed}) AS own_seed,
            ({ratio} * likes - nopes) / likes
            + (rank <= ({ratio} * likes - nopes) %% likes)::int AS slots
        FROM ranked
        WHERE liked AND nopes < {ratio} * likes
    ) AS likes_with_slots
    CROSS JOIN LATERAL generate_series(1, slots * {tries}) AS try
    CROSS JOIN LATERAL (
        SELECT 1 + width_bucket(
            (hashint8extended(try, own_seed) & 9007199254740991) / 9007199254740992::float8
            * (SELECT total FROM law),
            (SELECT totals FROM law)
        ) AS place
    ) AS drawn
),

fair AS (
    SELECT user_id, at, liked_video, slots, place, min(try) AS try
    FROM draws
    WHERE coalesce((SELECT released_at FROM law)[place] <= at, true)
        AND NOT EXISTS (
            SELECT FROM user_video_decisions AS decision
            WHERE decision.user_id = draws.user_id
                AND decision.user_id BETWEEN %(first_id)s AND %(last_id)s
                AND decision.video_id = (SELECT videos FROM law)[place]
                AND decision.decided_at < '{until}'::timestamptz
        )
    GROUP BY user_id, at, liked_video, slots, place
),

negatives AS (
    SELECT user_id, at, (SELECT videos FROM law)[place] AS video_id
    FROM (
        SELECT *, row_number() OVER (PARTITION BY user_id, liked_video ORDER BY try) AS rank
        FROM fair
    ) AS tried
    WHERE rank <= slots
),

labelled AS (
    SELECT user_id, at, video_id, 1::float8 AS label FROM ranked WHERE liked
    UNION ALL
    SELECT user_id, at, video_id, 0 FROM ranked WHERE NOT liked AND rank <= {ratio} * likes
    UNION ALL
    SELECT user_id, at, video_id, 0 FROM negatives
),

pair AS MATERIALIZED (
    SELECT
        labelled.*,
        law_row.weight / (SELECT total FROM law) AS probability,
        coalesce({pair_age}, -1) AS age
    FROM labelled
    JOIN (
        SELECT
            unnest(videos) AS video_id,
            unnest(weights) AS weight,
            unnest(released_at) AS released_at
        FROM law
    ) AS law_row USING (video_id)
),

moments AS (SELECT DISTINCT user_id, at FROM pair),

asked AS (
    SELECT
        user_id,
        at,
        array_agg(video_id::text ORDER BY label DESC, video_id) AS videos,
        array_agg(label ORDER BY label DESC, video_id) AS labels,
        array_agg(probability ORDER BY label DESC, video_id) AS probabilities,
        array_agg(age ORDER BY label DESC, video_id) AS ages
    FROM pair
    GROUP BY user_id, at
)
