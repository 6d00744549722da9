-- What the role of serving/roles.sql writes, if it is there: exposures and events.
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'two_tower_serve') THEN
        GRANT INSERT ON two_tower.exposures, two_tower.assignments TO two_tower_serve;
        GRANT INSERT, UPDATE ON two_tower.events TO two_tower_serve;
    END IF;
END $$;
