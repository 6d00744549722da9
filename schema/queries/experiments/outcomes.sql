-- Sums by user, arm and group of past decisions. A video counts once for a user, at its first exposure;
-- its outcome is the first decision strictly after that. In a split the arm is the user's, in an
-- interleaved experiment that of the first exposure's list.
WITH {valid},

shown AS MATERIALIZED (
    SELECT
        user_id, video_id, min(shown_at) AS at,
        (array_agg(exposures.arm ORDER BY shown_at, request_id))[1] AS list,
        count(*) AS places,
        count(*) FILTER (WHERE clicked) AS clicks,
        coalesce(sum(dwell_s), 0) AS dwell_s
    FROM two_tower.exposures LEFT JOIN two_tower.events USING (request_id, video_id)
    WHERE experiment = %(experiment)s
    GROUP BY user_id, video_id
),

decided AS MATERIALIZED (
    SELECT user_id, video_id, decision, decided_at
    FROM user_video_decisions
    WHERE user_id IN (SELECT user_id FROM shown)
),

outcomes AS (
    SELECT DISTINCT ON (user_id, video_id) user_id, video_id, decision
    FROM shown JOIN decided USING (user_id, video_id)
    WHERE decided_at > at
    ORDER BY user_id, video_id, decided_at
),

timeline AS (
    SELECT user_id, at, video_id, 0 AS decisions FROM shown
    UNION ALL
    SELECT user_id, decided_at, NULL, 1 FROM decided
),

-- Of equal moments none is past: a group of the frame is a moment.
past AS (
    SELECT user_id, video_id, coalesce(sum(decisions) OVER (
        PARTITION BY user_id ORDER BY at GROUPS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ), 0) AS decisions
    FROM timeline
)

SELECT
    dense_rank() OVER (ORDER BY shown.user_id) - 1 AS number,
    coalesce(assignments.arm, list) = 'candidate' AS is_candidate,
    coalesce(1 / CASE assignments.arm WHEN 'candidate' THEN share ELSE 1 - share END, 1)::float8
        AS weight,
    width_bucket(decisions, ARRAY[1, 10, 50]::numeric[]) AS of_group,
    count(*) AS videos,
    count(*) FILTER (WHERE decision = 'like') AS likes,
    count(*) FILTER (WHERE decision = 'nope') AS nopes,
    sum(places)::bigint AS places,
    sum(clicks)::bigint AS clicks,
    sum(dwell_s) AS dwell_s
FROM shown
JOIN past USING (user_id, video_id)
LEFT JOIN outcomes USING (user_id, video_id)
LEFT JOIN two_tower.assignments
    ON assignments.experiment = %(experiment)s AND assignments.user_id = shown.user_id
WHERE coalesce(assignments.arm, list) IS NOT NULL
GROUP BY shown.user_id, is_candidate, weight, of_group
