-- The least rights of a run and of an application that asks for recommendations. Run it once, as
-- the owner of the tables, in the application's database; then give both roles a password:
--     ALTER ROLE two_tower_run PASSWORD '…';
-- If the source tables are views, or are in another schema than `public`, name those.
CREATE ROLE two_tower_run LOGIN;
CREATE ROLE two_tower_serve LOGIN;

-- Row-level security must not hide rows from a run: it would train on fewer rows and recommend seen
-- videos. If a source table has it, a superuser (on Supabase the role postgres) runs:
--     ALTER ROLE two_tower_run BYPASSRLS; ALTER ROLE two_tower_serve BYPASSRLS;

-- The schema of our own tables, which a run creates itself.
CREATE SCHEMA two_tower AUTHORIZATION two_tower_run;
GRANT USAGE ON SCHEMA two_tower TO two_tower_serve;

GRANT USAGE ON SCHEMA public TO two_tower_run, two_tower_serve;
GRANT SELECT ON
    users, videos, performers, video_performers, tags, video_tags, user_video_decisions,
    user_embeddings, video_embeddings
TO two_tower_run, two_tower_serve;
-- The mirror of the live version; without these two with MIRROR=0.
GRANT INSERT, UPDATE, DELETE ON user_embeddings, video_embeddings TO two_tower_run;

-- For a pgvector in a schema of its own, as on Supabase.
DO $$ BEGIN
    EXECUTE (
        SELECT format('GRANT USAGE ON SCHEMA %I TO two_tower_run, two_tower_serve', nspname)
        FROM pg_extension JOIN pg_namespace ON pg_namespace.oid = extnamespace
        WHERE extname = 'vector'
    );
END $$;

-- The first run lets two_tower_serve write the exposures and events of experiments.

-- Each version has tables of its own, which the answers are read from.
ALTER DEFAULT PRIVILEGES FOR ROLE two_tower_run IN SCHEMA two_tower
    GRANT SELECT ON TABLES TO two_tower_serve;
