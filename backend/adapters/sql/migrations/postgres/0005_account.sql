-- The account password, a second proof and never a way in, as a PHC string (argon2id).
ALTER TABLE accounts ADD COLUMN password_hash TEXT COLLATE "C";
-- When an account is deleted for good, once its owner has asked for that.
ALTER TABLE accounts ADD COLUMN deletes_at BIGINT;
CREATE INDEX accounts_deletes ON accounts (deletes_at) WHERE deletes_at IS NOT NULL;

-- Whether authenticated_at is the time of a proof that the provider was asked for afresh.
ALTER TABLE devices ADD COLUMN reauthenticated BOOLEAN NOT NULL DEFAULT FALSE;

-- Accounts that were erased. A copy lies beside the database, so that a restored backup loses them again.
CREATE TABLE deletions (
    user_id    BIGINT PRIMARY KEY,
    deleted_at BIGINT NOT NULL
);

-- The newest export of each person. archive names the file, once it is ready.
CREATE TABLE exports (
    user_id      BIGINT PRIMARY KEY,
    requested_at BIGINT NOT NULL,
    archive      TEXT COLLATE "C",
    size_bytes   BIGINT,
    expires_at   BIGINT
);
CREATE INDEX exports_waiting ON exports (requested_at) WHERE archive IS NULL;
CREATE INDEX exports_expires ON exports (expires_at) WHERE expires_at IS NOT NULL;

-- Drafts that were replaced by something else, newest number last. version is the one the text had, or the stored one
-- that it clashed with.
CREATE TABLE draft_versions (
    user_id         BIGINT NOT NULL,
    conversation_id BIGINT NOT NULL,
    number          BIGINT NOT NULL,
    version         BIGINT NOT NULL,
    text            TEXT COLLATE "C" NOT NULL,
    reply_to        BIGINT,
    saved_at        BIGINT NOT NULL,
    PRIMARY KEY (user_id, conversation_id, number)
);
CREATE INDEX draft_versions_saved ON draft_versions (saved_at);
