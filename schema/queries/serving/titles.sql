-- Titles of the given videos that exist and are released.
WITH {valid}
SELECT video_id::text, title FROM videos
WHERE video_id = ANY (%(ids)s::uuid[]) AND (released_at > now()) IS NOT TRUE
