-- The versions that were released; the newest is live. A database of an earlier package has the table.
DO $$ BEGIN
    IF to_regclass('two_tower.releases') IS NULL THEN
        CREATE TABLE two_tower.releases (
            model_version varchar(50) PRIMARY KEY,
            released_at timestamptz NOT NULL DEFAULT now(),
            users bigint NOT NULL,
            videos bigint NOT NULL
        );
    END IF;
END $$;
