-- Exposures with a logged propensity, and whether a like is the next thing that became of the video:
-- a decision strictly after it, and not after a later exposure of the same video to the same user.
WITH {valid},

placed AS (
    SELECT
        user_id, video_id, shown_at, propensity, arm,
        lead(shown_at) OVER (PARTITION BY user_id, video_id ORDER BY shown_at, request_id) AS again_at
    FROM two_tower.exposures WHERE experiment = %(experiment)s
)

SELECT
    coalesce(assignments.arm, placed.arm) = 'candidate' AS is_candidate,
    dense_rank() OVER (ORDER BY placed.user_id) - 1 AS number,
    propensity,
    coalesce(next.decision = 'like', false) AS liked
FROM placed
LEFT JOIN two_tower.assignments
    ON assignments.experiment = %(experiment)s AND assignments.user_id = placed.user_id
LEFT JOIN LATERAL (
    SELECT decision FROM user_video_decisions AS decided
    WHERE decided.user_id = placed.user_id AND decided.video_id = placed.video_id
        AND decided_at > shown_at AND (decided_at <= again_at) IS NOT FALSE
    ORDER BY decided_at LIMIT 1
) AS next ON true
WHERE propensity IS NOT NULL AND coalesce(assignments.arm, placed.arm) IS NOT NULL
