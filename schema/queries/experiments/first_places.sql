-- Interleaved answers by the list that placed their first video, each expected half of the time.
SELECT
    count(*) FILTER (WHERE arm = 'control') AS control,
    count(*) FILTER (WHERE arm = 'candidate') AS candidate,
    (count(arm) * 0.5)::float8 AS expected,
    (count(arm) * 0.25)::float8 AS variance,
    0 AS elsewhere
FROM two_tower.exposures WHERE experiment = %(experiment)s AND position = 1
