-- Accounts, sign-ins, devices and friends. Ids are Snowflakes, times are milliseconds since the Unix epoch.
-- Texts compare by their bytes, as on SQLite; an index over them outlives every update of the system's collations.

-- A list as one parameter: what SQLite's function of this name gives of an array. Without STRICT, so that it is inlined.
CREATE FUNCTION json_each(list TEXT) RETURNS TABLE (key BIGINT, value JSONB)
LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 10
AS $$ SELECT e.n - 1, e.value FROM jsonb_array_elements(CAST(list AS JSONB)) WITH ORDINALITY AS e (value, n) $$;

-- username_folded is what friends are searched and sorted by: lower case, without accents.
-- state: active, suspended (until suspended_until), banned, deleted.
CREATE TABLE accounts (
    id              BIGINT PRIMARY KEY,
    username        TEXT COLLATE "C" NOT NULL,
    username_folded TEXT COLLATE "C" NOT NULL,
    gender          TEXT COLLATE "C",
    gender_shared   BOOLEAN NOT NULL,
    introduction    TEXT COLLATE "C",
    friend_code     TEXT COLLATE "C" NOT NULL,
    created_at      BIGINT  NOT NULL,
    last_online     BIGINT,
    state           TEXT COLLATE "C" NOT NULL,
    suspended_until BIGINT
);
CREATE UNIQUE INDEX accounts_friend_code ON accounts (friend_code);

-- What opens an account. The address is for operators only; email_lower is what they are found by.
CREATE TABLE identities (
    issuer         TEXT COLLATE "C" NOT NULL,
    subject        TEXT COLLATE "C" NOT NULL,
    user_id        BIGINT  NOT NULL,
    email          TEXT COLLATE "C",
    email_lower    TEXT COLLATE "C",
    email_verified BOOLEAN NOT NULL,
    PRIMARY KEY (issuer, subject)
);
CREATE INDEX identities_user ON identities (user_id);
CREATE INDEX identities_email ON identities (email_lower, issuer, email_verified, user_id);

-- Who may use the operators' pages, or will once a verified address signs in. Addresses are in lower case.
CREATE TABLE admin_grants (
    email      TEXT COLLATE "C" NOT NULL,
    provider   TEXT COLLATE "C" NOT NULL,
    user_id    BIGINT,
    granted_at BIGINT NOT NULL,
    PRIMARY KEY (email, provider)
);
CREATE INDEX admin_grants_user ON admin_grants (user_id) WHERE user_id IS NOT NULL;

-- One row per sign-in.
CREATE TABLE devices (
    id               BIGINT PRIMARY KEY,
    user_id          BIGINT NOT NULL,
    name             TEXT COLLATE "C" NOT NULL,
    client           TEXT COLLATE "C" NOT NULL,
    created_at       BIGINT NOT NULL,
    last_seen        BIGINT NOT NULL,
    authenticated_at BIGINT NOT NULL,
    expires_at       BIGINT NOT NULL,
    revoked_at       BIGINT
);
CREATE INDEX devices_user ON devices (user_id);
CREATE INDEX devices_expires ON devices (expires_at);
CREATE INDEX devices_revoked ON devices (revoked_at) WHERE revoked_at IS NOT NULL;

-- A device's chain of refresh tokens, by the SHA-256 of each.
CREATE TABLE refresh_tokens (
    token_hash       BYTEA   NOT NULL PRIMARY KEY,
    device_id        BIGINT NOT NULL,
    user_id          BIGINT NOT NULL,
    issued_at        BIGINT NOT NULL,
    spent_at         BIGINT,
    sealed_successor BYTEA
);
CREATE INDEX refresh_tokens_device ON refresh_tokens (device_id);
CREATE INDEX refresh_tokens_spent ON refresh_tokens (spent_at) WHERE spent_at IS NOT NULL;

-- Sign-ins between the redirect to the provider and its callback. target is JSON.
CREATE TABLE pending_sign_ins (
    state_hash    BYTEA    NOT NULL PRIMARY KEY,
    browser_hash  BYTEA    NOT NULL,
    provider      TEXT COLLATE "C" NOT NULL,
    nonce         TEXT COLLATE "C" NOT NULL,
    code_verifier TEXT COLLATE "C" NOT NULL,
    target        TEXT COLLATE "C" NOT NULL,
    device_name   TEXT COLLATE "C" NOT NULL,
    fresh         BOOLEAN NOT NULL,
    expires_at    BIGINT  NOT NULL
);
CREATE INDEX pending_sign_ins_expires ON pending_sign_ins (expires_at);

-- One-time codes of native clients.
CREATE TABLE sign_in_codes (
    code_hash      BYTEA   NOT NULL PRIMARY KEY,
    device_id      BIGINT NOT NULL,
    code_challenge TEXT COLLATE "C" NOT NULL,
    expires_at     BIGINT NOT NULL,
    used_at        BIGINT
);
CREATE INDEX sign_in_codes_expires ON sign_in_codes (expires_at);

-- Why a sign-in was refused, for one reading.
CREATE TABLE sign_in_notices (
    ticket_hash BYTEA   NOT NULL PRIMARY KEY,
    code        TEXT COLLATE "C" NOT NULL,
    reason      TEXT COLLATE "C",
    until       BIGINT,
    expires_at  BIGINT NOT NULL
);
CREATE INDEX sign_in_notices_expires ON sign_in_notices (expires_at);

-- One row per pair of friends, the lower id first.
CREATE TABLE friendships (
    low_id  BIGINT NOT NULL,
    high_id BIGINT NOT NULL,
    since   BIGINT NOT NULL,
    PRIMARY KEY (low_id, high_id)
);
CREATE INDEX friendships_high ON friendships (high_id, low_id);

-- Requests with what each side sees; receiver_status is null while the request is withheld from the receiver.
CREATE TABLE friend_requests (
    id              BIGINT PRIMARY KEY,
    from_id         BIGINT NOT NULL,
    to_id           BIGINT NOT NULL,
    sender_status   TEXT COLLATE "C" NOT NULL,
    receiver_status TEXT COLLATE "C",
    created_at      BIGINT NOT NULL,
    rejected_at     BIGINT
);
CREATE INDEX friend_requests_between ON friend_requests (from_id, to_id, created_at);
CREATE INDEX friend_requests_outgoing ON friend_requests (from_id, created_at);
CREATE INDEX friend_requests_incoming ON friend_requests (to_id, created_at) WHERE receiver_status IS NOT NULL;
CREATE INDEX friend_requests_open ON friend_requests (created_at) WHERE sender_status = 'pending';

CREATE TABLE blocks (
    blocker_id BIGINT NOT NULL,
    blocked_id BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (blocker_id, blocked_id)
);
