-- What answers begin with: the live version, and each user's decisions on videos, likes newest first.
SELECT
    asked.user_id::text,
    (SELECT version FROM two_tower.live),
    array(
        SELECT video_id::text FROM user_video_decisions AS decided
        WHERE decided.user_id = asked.user_id
    ),
    array(
        SELECT video_id::text FROM user_video_decisions AS liked
        WHERE liked.user_id = asked.user_id AND decision = 'like'
        ORDER BY decided_at DESC LIMIT 100
    )
FROM unnest(%(user_ids)s::uuid[]) AS asked (user_id)
