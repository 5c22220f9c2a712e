-- Pictures, videos, sounds and documents. Ids are Snowflakes, times are milliseconds since the Unix epoch.

ALTER TABLE accounts ADD COLUMN avatar TEXT COLLATE "C";
ALTER TABLE conversations ADD COLUMN avatar TEXT COLLATE "C";

-- What somebody announced to upload and, once it is complete, what that is. blob is the random part of its keys.
-- stored_bytes is what counts against the owner's quota. unreferenced_since is null once a message refers to it.
CREATE TABLE media (
    id                 BIGINT PRIMARY KEY,
    owner_id           BIGINT NOT NULL,
    created_at         BIGINT NOT NULL,
    unreferenced_since BIGINT,
    name               TEXT COLLATE "C" NOT NULL,
    content_type       TEXT COLLATE "C" NOT NULL,
    size_bytes         BIGINT NOT NULL,
    stored_bytes       BIGINT NOT NULL,
    sha256             BYTEA   NOT NULL,
    blob               TEXT COLLATE "C" NOT NULL,
    complete           BOOLEAN NOT NULL,
    width              BIGINT,
    height             BIGINT,
    duration_ms        BIGINT,
    thumbnail_type     TEXT COLLATE "C");
CREATE INDEX media_owner ON media (owner_id, stored_bytes);
CREATE INDEX media_unreferenced ON media (unreferenced_since) WHERE unreferenced_since IS NOT NULL;

-- Which message shows which medium.
CREATE TABLE media_refs (
    conversation_id BIGINT NOT NULL,
    seq             BIGINT NOT NULL,
    media_id        BIGINT NOT NULL,
    kind            TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (conversation_id, seq)
);
CREATE INDEX media_refs_media ON media_refs (media_id, conversation_id, seq);
CREATE INDEX media_refs_kind ON media_refs (conversation_id, kind, seq);

-- Blobs that nothing needs any more, until they are removed.
CREATE TABLE discarded_blobs (
    blob TEXT COLLATE "C" NOT NULL PRIMARY KEY
);
