-- 50,000 users with two answers of ten videos each, a day apart; every second video is decided on.
INSERT INTO users (user_id)
SELECT ('00000000-0000-0000-0000-' || lpad(n::text, 12, '0'))::uuid FROM generate_series(1, 50000) AS n;
INSERT INTO videos (video_id, title)
SELECT ('00000000-0000-0000-0001-' || lpad(n::text, 12, '0'))::uuid, 'a title'
FROM generate_series(1, 2000) AS n;
INSERT INTO two_tower.experiments (name, kind, control, candidate, share, salt, difference)
VALUES ('towers', 'split', '1', '2', 0.5, 'towers', 0.05);
INSERT INTO two_tower.exposures
    (request_id, video_id, user_id, experiment, arm, version, rung, position, propensity, shown_at)
SELECT
    md5(u || '/' || answer)::uuid,
    ('00000000-0000-0000-0001-' || lpad((1 + (u * 37 + answer * 11 + place * 101) % 2000)::text, 12, '0'))
        ::uuid,
    ('00000000-0000-0000-0000-' || lpad(u::text, 12, '0'))::uuid,
    'towers',
    (ARRAY['control', 'candidate'])[1 + u % 2], (ARRAY['1', '2'])[1 + u % 2], 'two_tower', place,
    CASE place WHEN 10 THEN 0.01 END,
    '2026-01-01+00'::timestamptz + answer * interval '1 day' + u * interval '1 second'
FROM generate_series(1, 50000) AS u, generate_series(0, 1) AS answer, generate_series(1, 10) AS place;
INSERT INTO two_tower.events (request_id, video_id, clicked, dwell_s, happened_at)
SELECT request_id, video_id, true, 30, shown_at FROM two_tower.exposures WHERE position % 3 = 0;
INSERT INTO two_tower.assignments (experiment, user_id, arm, bucket, share, assigned_at)
SELECT DISTINCT ON (user_id)
    'towers', user_id, arm, CASE arm WHEN 'control' THEN 1 ELSE 9000 END, 0.5, shown_at
FROM two_tower.exposures ORDER BY user_id, shown_at;
INSERT INTO user_video_decisions (user_id, video_id, decision, decided_at)
SELECT user_id, video_id, CASE position % 4 WHEN 0 THEN 'like' ELSE 'nope' END,
    shown_at + interval '1 minute'
FROM two_tower.exposures WHERE position % 2 = 0 ON CONFLICT DO NOTHING;
ANALYZE;
