-- What an answer begins with: the live version, and the user's decisions on videos, newest first.
SELECT
    (SELECT version FROM two_tower.live),
    array(
        SELECT video_id::text FROM user_video_decisions WHERE user_id = %(user_id)s
    ),
    array(
        SELECT video_id::text FROM user_video_decisions
        WHERE user_id = %(user_id)s AND decision = 'like' ORDER BY decided_at DESC LIMIT 100
    )
