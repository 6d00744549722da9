-- Slices for the model review. A genre with few pairs is noise, which would block a gate: 'other'.
slice AS (
    SELECT videos.video_id, genre.genre
    FROM videos
    JOIN (
        SELECT genre FROM videos
        JOIN user_video_decisions USING (video_id)
        WHERE genre IS NOT NULL AND decided_at < '{train_end}'::timestamptz
        GROUP BY genre ORDER BY count(*) DESC, genre LIMIT {large_genres}
    ) AS genre USING (genre)
),

known AS (
    SELECT user_id, count(*) AS decisions FROM user_video_decisions
    WHERE user_id BETWEEN %(first_id)s AND %(last_id)s
        AND decided_at < '{train_end}'::timestamptz
    GROUP BY user_id
)
