-- Versions of the model with their vectors, and the pointer row that says which one is live.
CREATE TABLE two_tower.versions (
    version varchar(20) PRIMARY KEY CHECK (version ~ '^[0-9]+$'),
    state text NOT NULL
        CHECK (state IN ('staged', 'checked', 'live', 'standby', 'retired', 'failed')),
    created_at timestamptz NOT NULL DEFAULT now(),
    released_at timestamptz,
    turn bigint NOT NULL DEFAULT 0, -- of its last release; clocks may be set back
    users bigint NOT NULL,
    videos bigint NOT NULL,
    bytes bigint NOT NULL DEFAULT 0,
    figures jsonb NOT NULL DEFAULT '{}',
    lineage jsonb NOT NULL DEFAULT '{}',
    reason text NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX versions_one_live ON two_tower.versions (state) WHERE state = 'live';

CREATE TABLE two_tower.live (
    one_row boolean PRIMARY KEY DEFAULT true CHECK (one_row),
    version varchar(20) NOT NULL REFERENCES two_tower.versions,
    previous varchar(20) NOT NULL DEFAULT '',
    since timestamptz NOT NULL DEFAULT now()
);

-- A halfvec(768) lies in the row itself, where a scan finds it; a vector(768) lies outside.
CREATE FUNCTION two_tower.create_vectors(version text) RETURNS void LANGUAGE plpgsql AS $body$
BEGIN
    EXECUTE format(
        'CREATE TABLE two_tower.%I (user_id uuid PRIMARY KEY, embedding vector(768) NOT NULL)',
        'user_vectors_' || version
    );
    EXECUTE format(
        'CREATE TABLE two_tower.%I (video_id uuid PRIMARY KEY, embedding vector(768) NOT NULL,'
        ' search halfvec(768) GENERATED ALWAYS AS (embedding::halfvec(768)) STORED)',
        'video_vectors_' || version
    );
END $body$;

-- The live version of an earlier package: its vectors are in the application's tables alone.
DO $$
DECLARE
    live text := (
        SELECT model_version FROM two_tower.releases WHERE model_version ~ '^[0-9]{1,20}$'
        ORDER BY released_at DESC LIMIT 1
    );
BEGIN
    IF live IS NOT NULL THEN
        PERFORM two_tower.create_vectors(live);
        EXECUTE format(
            'INSERT INTO two_tower.%I SELECT user_id, embedding FROM user_embeddings'
            ' WHERE model_version = %L AND embedding IS NOT NULL',
            'user_vectors_' || live, live
        );
        EXECUTE format(
            'INSERT INTO two_tower.%I SELECT video_id, embedding FROM video_embeddings'
            ' WHERE model_version = %L AND embedding IS NOT NULL',
            'video_vectors_' || live, live
        );
        INSERT INTO two_tower.versions
            (version, state, created_at, released_at, turn, users, videos)
        SELECT model_version, 'live', released_at, released_at, 1, users, videos
        FROM two_tower.releases WHERE model_version = live;
        INSERT INTO two_tower.live (version) VALUES (live);
    END IF;
    IF pg_has_role(
        (SELECT relowner FROM pg_class WHERE oid = 'two_tower.releases'::regclass), 'USAGE'
    ) THEN
        DROP TABLE two_tower.releases;
    END IF;
END $$;
