-- One row per row of `wanted`. Performers and tags come ordered by name, so that a rerun reads
-- the same. Needs a relation wanted(video_id uuid, at timestamptz), each row once.
video AS MATERIALIZED (
    SELECT
        videos.*,
        ARRAY(
            SELECT performers.name FROM video_performers
            JOIN performers USING (performer_id)
            WHERE video_performers.video_id = videos.video_id AND performers.name IS NOT NULL
            ORDER BY performers.name
        ) AS performers,
        ARRAY(
            SELECT tags.name FROM video_tags
            JOIN tags USING (tag_id)
            WHERE video_tags.video_id = videos.video_id AND tags.name IS NOT NULL
            ORDER BY tags.name
        ) AS tags
    FROM videos
    JOIN (SELECT DISTINCT video_id FROM wanted) AS named USING (video_id)
),

video_features AS MATERIALIZED (
    SELECT
        video.video_id AS key_video_id,
        wanted.at AS key_at,
        {video_columns}
    FROM video
    JOIN wanted USING (video_id)
)
