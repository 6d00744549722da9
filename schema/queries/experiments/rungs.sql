-- Exposures by arm and by what answered; and users who were shown something of the other arm.
SELECT
    coalesce(assignments.arm, exposures.arm) AS of_arm,
    rung,
    count(*) AS places,
    count(DISTINCT user_id) FILTER (WHERE assignments.arm <> exposures.arm) AS crossed
FROM two_tower.exposures LEFT JOIN two_tower.assignments USING (experiment, user_id)
WHERE experiment = %(experiment)s
GROUP BY of_arm, rung
ORDER BY of_arm, places DESC, rung
