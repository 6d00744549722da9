-- Experiments, who is in which arm, what was shown, and what came of it. No foreign key leads out of
-- schema two_tower, because the application's tables may be views.
CREATE TABLE two_tower.experiments (
    name text PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('split', 'interleaving')),
    control varchar(50) NOT NULL,
    candidate varchar(50) NOT NULL CHECK (candidate <> control),
    -- Of the users whom the candidate answers; a ten-thousandth is one bucket.
    share numeric(5, 4) NOT NULL CHECK (share > 0 AND share < 1),
    salt text NOT NULL,
    -- The relative difference in likes that the experiment is meant to find.
    difference double precision NOT NULL CHECK (difference > 0),
    started_at timestamptz NOT NULL DEFAULT now(),
    stopped_at timestamptz
);
CREATE UNIQUE INDEX experiments_one_running ON two_tower.experiments ((true))
    WHERE stopped_at IS NULL;

-- Written with a user's first exposure. Bucket and share are those of that moment.
CREATE TABLE two_tower.assignments (
    experiment text NOT NULL REFERENCES two_tower.experiments ON DELETE CASCADE,
    user_id uuid NOT NULL,
    arm text NOT NULL CHECK (arm IN ('control', 'candidate')),
    bucket smallint NOT NULL CHECK (bucket BETWEEN 0 AND 9999),
    share numeric(5, 4) NOT NULL,
    assigned_at timestamptz NOT NULL,
    PRIMARY KEY (experiment, user_id)
);

-- A video in an answer. In an interleaved answer the arm is the list that the video is credited to.
CREATE TABLE two_tower.exposures (
    request_id uuid NOT NULL,
    video_id uuid NOT NULL,
    user_id uuid NOT NULL,
    experiment text REFERENCES two_tower.experiments ON DELETE CASCADE,
    arm text CHECK (arm IN ('control', 'candidate')),
    version varchar(50) NOT NULL,
    rung text NOT NULL,
    position integer NOT NULL CHECK (position >= 1),
    -- Probability with which the video got this place; NULL where the place was not random.
    propensity double precision CHECK (propensity > 0 AND propensity <= 1),
    shown_at timestamptz NOT NULL,
    PRIMARY KEY (request_id, video_id)
);
CREATE INDEX exposures_experiment ON two_tower.exposures (experiment, user_id, video_id);
CREATE INDEX exposures_shown_at ON two_tower.exposures (shown_at);

-- What the user did with a video of an answer. It may arrive before its exposure.
CREATE TABLE two_tower.events (
    request_id uuid NOT NULL,
    video_id uuid NOT NULL,
    clicked boolean NOT NULL,
    dwell_s double precision CHECK (dwell_s >= 0),
    happened_at timestamptz NOT NULL,
    PRIMARY KEY (request_id, video_id)
);
