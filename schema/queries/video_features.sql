-- A video's features: one row per row of `wanted`. Performers and tags are ordered by name, so that
-- a rerun reads the same; a duplicate link counts once. Needs a relation
-- wanted(video_id uuid, at timestamptz) of distinct rows.
named AS (SELECT DISTINCT video_id FROM wanted),

performers_of AS (
    SELECT video_id, array_agg(name ORDER BY name) AS names
    FROM (
        SELECT DISTINCT video_id, performer_id FROM video_performers
        WHERE video_id IN (SELECT video_id FROM named)
    ) AS link
    JOIN performers USING (performer_id)
    WHERE name IS NOT NULL
    GROUP BY video_id
),

tags_of AS (
    SELECT video_id, array_agg(name ORDER BY name) AS names
    FROM (
        SELECT DISTINCT video_id, tag_id FROM video_tags
        WHERE video_id IN (SELECT video_id FROM named)
    ) AS link
    JOIN tags USING (tag_id)
    WHERE name IS NOT NULL
    GROUP BY video_id
),

video AS MATERIALIZED (
    SELECT
        videos.*,
        coalesce(performers_of.names, '{}') AS performers,
        coalesce(tags_of.names, '{}') AS tags
    FROM videos
    JOIN named USING (video_id)
    LEFT JOIN performers_of USING (video_id)
    LEFT JOIN tags_of USING (video_id)
),

video_features AS MATERIALIZED (
    SELECT
        video.video_id AS key_video_id,
        wanted.at AS key_at,
        {video_columns}
    FROM video
    JOIN wanted USING (video_id)
)
