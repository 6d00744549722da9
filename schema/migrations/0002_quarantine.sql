-- Rows that the queries leave out. A database of an earlier package has the table.
DO $$ BEGIN
    IF to_regclass('two_tower.quarantine') IS NULL THEN
        CREATE TABLE two_tower.quarantine (
            run_id text NOT NULL,
            source_table text NOT NULL,
            reason text NOT NULL,
            action text NOT NULL,
            source_row jsonb NOT NULL,
            found_at timestamptz NOT NULL DEFAULT now()
        );
        CREATE INDEX quarantine_run_id ON two_tower.quarantine (run_id);
    END IF;
END $$;
