-- The most liked videos with their genres.
WITH {valid},

{counted}
SELECT counted.video_id::text, counted.likes, videos.genre
FROM counted JOIN videos USING (video_id)
ORDER BY counted.likes DESC, counted.video_id
LIMIT %(limit)s
