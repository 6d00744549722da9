-- Titles that a user liked, the newest first.
WITH {valid}
SELECT title FROM user_video_decisions JOIN videos USING (video_id)
WHERE user_id = %(user_id)s AND decision = 'like'
ORDER BY decided_at DESC, video_id
LIMIT %(limit)s
