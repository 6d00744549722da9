-- How the users of a split came to its arms.
SELECT
    count(*) FILTER (WHERE arm = 'control') AS control,
    count(*) FILTER (WHERE arm = 'candidate') AS candidate,
    coalesce(sum(share), 0)::float8 AS expected,
    coalesce(sum(share * (1 - share)), 0)::float8 AS variance,
    count(*) FILTER (WHERE (bucket >= 10000 - share * 10000) <> (arm = 'candidate')) AS elsewhere
FROM two_tower.assignments WHERE experiment = %(experiment)s
