-- Conversations and all that happens in them. Ids are Snowflakes, times are milliseconds since the Unix epoch.

-- Facts about this database as a whole: its epoch.
CREATE TABLE meta (
    name  TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    value TEXT COLLATE "C" NOT NULL
);

-- What changes seldom, and for a direct conversation what lets each side write.
CREATE TABLE conversations (
    id                 BIGINT PRIMARY KEY,
    kind               TEXT COLLATE "C" NOT NULL,
    home_region        TEXT COLLATE "C" NOT NULL,
    encrypted          BOOLEAN NOT NULL,
    name               TEXT COLLATE "C",
    group_code         TEXT COLLATE "C",
    join_policy        TEXT COLLATE "C" NOT NULL,
    history_visibility TEXT COLLATE "C" NOT NULL,
    created_at         BIGINT  NOT NULL,
    member_count       BIGINT  NOT NULL,
    members_version    BIGINT  NOT NULL,
    direct_low         BIGINT,
    direct_high        BIGINT,
    direct_friends     BOOLEAN,
    direct_low_blocks  BOOLEAN,
    direct_high_blocks BOOLEAN,
    state              TEXT COLLATE "C" NOT NULL
);
CREATE UNIQUE INDEX conversations_direct ON conversations (direct_low, direct_high) WHERE direct_low IS NOT NULL;
CREATE UNIQUE INDEX conversations_group_code ON conversations (group_code) WHERE group_code IS NOT NULL;

-- How far each conversation is. Apart from the rest, because every message changes it. Its row is the conversation's lock:
-- whatever changes what a send asks, or gives a seq, holds it first.
CREATE TABLE heads (
    conversation_id BIGINT PRIMARY KEY,
    last_seq        BIGINT NOT NULL,
    last_activity   BIGINT NOT NULL
) WITH (fillfactor = 50); -- Room for the next version beside each: an update then touches no index.

-- Everybody who is or was in a conversation; a former member keeps the picture taken at the end.
CREATE TABLE members (
    conversation_id    BIGINT NOT NULL,
    user_id            BIGINT NOT NULL,
    role               TEXT COLLATE "C" NOT NULL,
    state              TEXT COLLATE "C" NOT NULL,
    joined_at          BIGINT NOT NULL,
    joined_seq         BIGINT NOT NULL,
    ended_seq          BIGINT,
    ended_at           BIGINT,
    ended_name         TEXT COLLATE "C",
    ended_member_count BIGINT,
    PRIMARY KEY (conversation_id, user_id)
);
CREATE INDEX members_user ON members (user_id, state);

-- What somebody may see: spans of seqs, both ends included, open while the membership lasts.
CREATE TABLE member_intervals (
    user_id         BIGINT NOT NULL,
    conversation_id BIGINT NOT NULL,
    from_seq        BIGINT NOT NULL,
    to_seq          BIGINT,
    PRIMARY KEY (user_id, conversation_id, from_seq)
);

CREATE TABLE join_requests (
    conversation_id BIGINT NOT NULL,
    user_id         BIGINT NOT NULL,
    created_at      BIGINT NOT NULL,
    PRIMARY KEY (conversation_id, user_id)
);

-- Timeline entries in the order they came, so that inserts append. kind: 0 message, 1 unsend, 2 notice.
-- client_msg_id, client_time and content_hash belong to messages; the hash outlives the content, because a retry of an
-- unsent message must still be recognised. target_seq belongs to unsends.
CREATE TABLE entries (
    id              BIGINT PRIMARY KEY,
    conversation_id BIGINT   NOT NULL,
    seq             BIGINT   NOT NULL,
    sender_id       BIGINT   NOT NULL,
    server_time     BIGINT   NOT NULL,
    kind            BIGINT NOT NULL,
    unsent          BOOLEAN  NOT NULL,
    target_seq      BIGINT,
    client_msg_id   BYTEA,
    client_time     TEXT COLLATE "C",
    content_hash    BYTEA,
    body            TEXT COLLATE "C");
-- Unread counts and ranges are read from this index alone.
CREATE INDEX entries_timeline ON entries (conversation_id, seq, sender_id, kind, unsent);
-- The memory of what was sent already; time-ordered client ids append here too.
CREATE UNIQUE INDEX entries_sent ON entries (client_msg_id, sender_id, conversation_id)
    WHERE client_msg_id IS NOT NULL;
CREATE INDEX entries_unsends ON entries (conversation_id, target_seq) WHERE target_seq IS NOT NULL;

CREATE TABLE read_markers (
    conversation_id BIGINT NOT NULL,
    user_id         BIGINT NOT NULL,
    read_seq        BIGINT NOT NULL,
    read_at         BIGINT NOT NULL,
    PRIMARY KEY (conversation_id, user_id)
);

CREATE TABLE conversation_settings (
    user_id         BIGINT  NOT NULL,
    conversation_id BIGINT  NOT NULL,
    muted_until     BIGINT,
    pinned          BOOLEAN NOT NULL,
    hidden_at_seq   BIGINT,
    draft_text      TEXT COLLATE "C",
    draft_reply_to  BIGINT,
    draft_version   BIGINT  NOT NULL,
    PRIMARY KEY (user_id, conversation_id)
);

-- A person's low-rate events. The head counts on when old lines are removed.
CREATE TABLE user_log_heads (
    user_id  BIGINT PRIMARY KEY,
    user_seq BIGINT NOT NULL
);
CREATE TABLE user_log (
    user_id    BIGINT NOT NULL,
    user_seq   BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    kind       TEXT COLLATE "C" NOT NULL,
    subject_id BIGINT,
    other_id   BIGINT,
    reason     TEXT COLLATE "C",
    PRIMARY KEY (user_id, user_seq)
);
CREATE INDEX user_log_created ON user_log (created_at);

-- What was committed, for everything that follows the ledger. No bodies. pos is taken under the conversation's lock, so that
-- it rises with seq; across conversations commits can finish out of its order.
CREATE TABLE outbox (
    pos             BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    split           BIGINT NOT NULL,
    conversation_id BIGINT   NOT NULL,
    seq             BIGINT   NOT NULL,
    node            BIGINT NOT NULL
);
-- When each consumer confirmed how far: rows fall away some time after everybody's confirmation.
CREATE TABLE outbox_confirmations (
    consumer     TEXT COLLATE "C" NOT NULL,
    pos          BIGINT NOT NULL,
    confirmed_at BIGINT NOT NULL,
    PRIMARY KEY (consumer, pos)
);
