-- Every valid video with what requests filter by.
WITH {valid}
SELECT video_id::text, genre, maker, price::float8, extract(epoch FROM released_at)::float8
FROM videos
