-- Valid users or videos that have no vector of a version, at most `limit`.
WITH {valid}
SELECT {key}::text FROM {source} AS source
WHERE NOT EXISTS (SELECT FROM {vectors} AS there WHERE there.{key} = source.{key})
ORDER BY {key}
LIMIT %(limit)s
