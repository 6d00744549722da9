-- Videos that can be recommended.
WITH {valid}
SELECT count(*) FROM videos WHERE (released_at > now()) IS NOT TRUE
