-- Titles of the given videos that exist, are valid and released, and meet the filters, as of now.
WITH {valid}
SELECT video_id::text, title FROM videos
WHERE video_id = ANY (%(ids)s::uuid[])
    AND (released_at > now()) IS NOT TRUE
    AND (%(genre)s::text IS NULL OR genre = %(genre)s)
    AND (%(maker)s::text IS NULL OR maker = %(maker)s)
    AND (%(price_max)s::float8 IS NULL OR price <= %(price_max)s)
    AND (%(released_since)s::timestamptz IS NULL OR released_at >= %(released_since)s)
