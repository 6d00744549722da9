-- Training pairs of one time window: 1 positive to `ratio` negatives per user. Explicit nopes
-- first, then videos that were released at the moment of the like and that the user did not
-- decide on before the window's end, drawn by popularity^alpha from a hash of the seed.
-- The rows do not depend on the number of readers.
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

-- The sampling distribution of negatives: popularity^alpha, one added to each count (Laplace), so that
-- every video can be drawn. `totals` is cumulative: bisection maps a uniform number to a video.
sampling AS MATERIALIZED (
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

-- Each like draws its share of the negatives that the nopes do not cover, `tries` draws for each.
-- The uniform number of a draw, in [0, 1), is 53 bits of a hash of like and try.
draws AS (
    SELECT user_id, at, video_id AS liked_video, slots, try, position
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
            * (SELECT total FROM sampling),
            (SELECT totals FROM sampling)
        ) AS position
    ) AS drawn
),

-- Draws of videos released by the moment that the user never decided on before the window's end.
eligible_draws AS (
    SELECT user_id, at, liked_video, slots, position, min(try) AS try
    FROM draws
    WHERE coalesce((SELECT released_at FROM sampling)[position] <= at, true)
        AND NOT EXISTS (
            SELECT FROM user_video_decisions AS decision
            WHERE decision.user_id = draws.user_id
                AND decision.user_id BETWEEN %(first_id)s AND %(last_id)s
                AND decision.video_id = (SELECT videos FROM sampling)[position]
                AND decision.decided_at < '{until}'::timestamptz
        )
    GROUP BY user_id, at, liked_video, slots, position
),

negatives AS (
    SELECT user_id, at, (SELECT videos FROM sampling)[position] AS video_id
    FROM (
        SELECT *, row_number() OVER (PARTITION BY user_id, liked_video ORDER BY try) AS rank
        FROM eligible_draws
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
        sampled.weight / (SELECT total FROM sampling) AS sampling_probability,
        coalesce({pair_age}, -1) AS age
    FROM labelled
    JOIN (
        SELECT
            unnest(videos) AS video_id,
            unnest(weights) AS weight,
            unnest(released_at) AS released_at
        FROM sampling
    ) AS sampled USING (video_id)
),

moments AS (SELECT DISTINCT user_id, at FROM pair),

queried AS (
    SELECT
        user_id,
        at,
        array_agg(video_id::text ORDER BY label DESC, video_id) AS videos,
        array_agg(label ORDER BY label DESC, video_id) AS labels,
        array_agg(sampling_probability ORDER BY label DESC, video_id) AS sampling_probabilities,
        array_agg(age ORDER BY label DESC, video_id) AS ages
    FROM pair
    GROUP BY user_id, at
)
