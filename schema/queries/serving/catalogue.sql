-- Every valid video with what requests filter by, and its title.
WITH {valid}
SELECT video_id::text, genre, maker, price::float8, extract(epoch FROM released_at)::float8, title
FROM videos
