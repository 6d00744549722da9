-- The contract with the application: its own tables, and the two embedding tables.
-- A database with other names is adapted by views of these names only.
-- All columns except primary keys, title, decision and decided_at may be NULL.
CREATE EXTENSION IF NOT EXISTS vector;

CREATE TABLE users (
    user_id uuid PRIMARY KEY,
    created_at timestamptz
);

CREATE TABLE videos (
    video_id uuid PRIMARY KEY,
    title text NOT NULL,
    description text,
    genre text,
    maker text,
    price numeric,
    duration_seconds integer,
    released_at timestamptz
);

CREATE TABLE performers (
    performer_id uuid PRIMARY KEY,
    name text
);

CREATE TABLE video_performers (
    video_id uuid NOT NULL REFERENCES videos ON DELETE CASCADE,
    performer_id uuid NOT NULL REFERENCES performers ON DELETE CASCADE,
    PRIMARY KEY (video_id, performer_id)
);

CREATE TABLE tags (
    tag_id uuid PRIMARY KEY,
    name text UNIQUE
);

CREATE TABLE video_tags (
    video_id uuid NOT NULL REFERENCES videos ON DELETE CASCADE,
    tag_id uuid NOT NULL REFERENCES tags ON DELETE CASCADE,
    PRIMARY KEY (video_id, tag_id)
);

CREATE TABLE user_video_decisions (
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    video_id uuid NOT NULL REFERENCES videos ON DELETE CASCADE,
    decision text NOT NULL CHECK (decision IN ('like', 'nope')),
    decided_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, video_id, decided_at)
);

CREATE TABLE user_embeddings (
    user_id uuid PRIMARY KEY,
    embedding vector(768),
    updated_at timestamp,
    model_version varchar(50)
);

CREATE TABLE video_embeddings (
    video_id uuid PRIMARY KEY,
    embedding vector(768),
    updated_at timestamp,
    model_version varchar(50)
);
