-- For each user and arm, how many of the shown videos were shown to how many users of the arm.
WITH shown AS (
    SELECT DISTINCT coalesce(assignments.arm, exposures.arm) AS arm, exposures.user_id, video_id
    FROM two_tower.exposures
    LEFT JOIN two_tower.assignments USING (experiment, user_id)
    WHERE experiment = %(experiment)s
),

counted AS (
    SELECT arm, user_id, count(*) OVER (PARTITION BY arm, video_id) AS users
    FROM shown WHERE arm IS NOT NULL
)

SELECT
    arm = 'candidate' AS is_candidate,
    dense_rank() OVER (PARTITION BY arm ORDER BY user_id) - 1 AS number,
    users,
    count(*) AS videos
FROM counted
GROUP BY arm, user_id, users
