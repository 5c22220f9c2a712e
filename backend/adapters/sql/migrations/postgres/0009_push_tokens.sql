-- How devices are woken: what their push service calls them. Unlike a device's other tokens it is kept as it is, because it
-- is what the service is told; token_hash is its SHA-256, which a token of any length is found by.
CREATE TABLE push_tokens (
    device_id  BIGINT PRIMARY KEY,
    user_id    BIGINT NOT NULL,
    token      TEXT COLLATE "C" NOT NULL,
    token_hash BYTEA  NOT NULL
);
CREATE UNIQUE INDEX push_tokens_hash ON push_tokens (token_hash);
CREATE INDEX push_tokens_user ON push_tokens (user_id, device_id);
