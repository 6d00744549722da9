-- Counts of likes and of decisions of each video before a window.
counted AS (
    SELECT
        videos.video_id,
        count(*) FILTER (WHERE decision = 'like' AND decided_at < '{since}'::timestamptz) AS likes,
        count(*) FILTER (WHERE decided_at < '{since}'::timestamptz) AS decisions
    FROM videos
    LEFT JOIN user_video_decisions USING (video_id)
    WHERE videos.video_id BETWEEN %(first_id)s AND %(last_id)s
    GROUP BY videos.video_id
)
