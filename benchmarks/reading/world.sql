-- The law of the grown world; world.py beside this file says it in words and sets {users}, {videos},
-- {decisions}, {seed}, {since} and {until}.
CREATE FUNCTION pg_temp.chance(number bigint, what int) RETURNS float8
IMMUTABLE PARALLEL SAFE
RETURN (hashint8extended(number, {seed} * 100 + what) & 9007199254740991) / 9007199254740992::float8;

CREATE FUNCTION pg_temp.id(kind text, number bigint) RETURNS uuid
IMMUTABLE PARALLEL SAFE
RETURN md5(kind || '/{seed}/' || number)::uuid;

CREATE FUNCTION pg_temp.moment(share float8) RETURNS timestamptz
IMMUTABLE PARALLEL SAFE
RETURN '{since}'::timestamptz + sqrt(share) * ('{until}'::timestamptz - '{since}'::timestamptz);

CREATE FUNCTION pg_temp.word(number bigint, what int) RETURNS text
IMMUTABLE PARALLEL SAFE
RETURN (ARRAY[
    '夜', '桜', '海', '月', '雪', '星', '夏', '恋', '約束', '手紙', '東京', '京都', '旅', '猫', '学校',
    '物語', '秘密', '日記', '時間', '記憶', '天使', '花火', '電車', '図書館', 'サーキット', 'メロディ',
    'ラジオ', 'カメラ', 'ホテル', 'ロボット', 'blue', 'summer', 'night', 'story', 'tokyo', 'rain'
])[1 + floor(36 * pg_temp.chance(number, what))::int];

INSERT INTO users
SELECT
    pg_temp.id('user', n),
    pg_temp.moment(greatest((n::float8 / {users} - 0.1) / 0.9, 0))
FROM generate_series(0, {users} - 1) AS n;

INSERT INTO videos
SELECT
    pg_temp.id('video', n),
    concat(
        pg_temp.word(n, 1), 'の', pg_temp.word(n, 2), ' ', pg_temp.word(n, 3), ' 第', n % 97, '話'
    ),
    CASE WHEN n % 6 > 0 THEN (
        SELECT string_agg(
            pg_temp.word(n, 10 + w) || (ARRAY['の', 'と', 'は、', 'で', '。'])[1 + (n + w) % 5], ''
        )
        FROM generate_series(1, 30) AS w
    ) END,
    CASE WHEN n % 20 > 0 THEN 'ジャンル' || n % 12 END,
    CASE WHEN n % 15 > 0 THEN 'メーカー' || floor(500 * pg_temp.chance(n, 4) ^ 2) END,
    CASE WHEN n % 10 > 0 THEN 100 * (3 + floor(50 * pg_temp.chance(n, 5) ^ 2)) END,
    CASE WHEN n % 11 > 0 THEN 60 * (1 + floor(180 * pg_temp.chance(n, 6)))::int END,
    CASE WHEN n % 7 > 0
        THEN '{since}'::timestamptz - pg_temp.chance(n, 7) * interval '1800 days' END
FROM generate_series(0, {videos} - 1) AS n;

INSERT INTO performers
SELECT pg_temp.id('performer', n), concat(pg_temp.word(n, 8), pg_temp.word(n, 9), n)
FROM generate_series(0, 4999) AS n;

INSERT INTO tags
SELECT pg_temp.id('tag', n), concat(pg_temp.word(n, 8), n) FROM generate_series(0, 299) AS n;

INSERT INTO video_performers
SELECT DISTINCT
    pg_temp.id('video', n),
    pg_temp.id('performer', floor(5000 * pg_temp.chance(n, 50 + place) ^ 2)::bigint)
FROM generate_series(0, {videos} - 1) AS n, generate_series(0, n % 4) AS place;

INSERT INTO video_tags
SELECT DISTINCT
    pg_temp.id('video', n),
    pg_temp.id('tag', floor(300 * pg_temp.chance(n, 60 + place) ^ 2)::bigint)
FROM generate_series(0, {videos} - 1) AS n, generate_series(0, n % 6) AS place;

INSERT INTO user_video_decisions
SELECT
    pg_temp.id('user', user_number),
    pg_temp.id('video', video_number),
    CASE WHEN pg_temp.chance(n, 73)
        < CASE WHEN user_number % 12 = video_number % 12 THEN 0.75 ELSE 0.25 END
        THEN 'like' ELSE 'nope' END,
    pg_temp.moment((n + pg_temp.chance(n, 72)) / {decisions})
FROM (
    SELECT
        n,
        floor(
            {users} * (0.1 + 0.9 * n / {decisions}) * pg_temp.chance(n, 70) ^ 1.5
        )::bigint AS user_number,
        floor({videos} * pg_temp.chance(n, 71) ^ 2)::bigint AS video_number
    FROM generate_series(0::bigint, {decisions} - 1) AS n
    OFFSET 0
) AS numbered;

DROP FUNCTION pg_temp.chance, pg_temp.id, pg_temp.moment, pg_temp.word;
