-- What has left the ledger for the history. Every entry of a conversation up to archived_to lies there; of those, the ledger
-- keeps only what a former member's list shows last.
ALTER TABLE conversations ADD COLUMN archived_to BIGINT NOT NULL DEFAULT 0;

-- Messages that have left the ledger, for a while: a retry must still be recognised and answered with the same receipt.
CREATE TABLE sent_messages (
    client_msg_id   BYTEA   NOT NULL,
    sender_id       BIGINT  NOT NULL,
    conversation_id BIGINT  NOT NULL,
    seq             BIGINT  NOT NULL,
    id              BIGINT  NOT NULL,
    server_time     BIGINT  NOT NULL,
    client_time     TEXT COLLATE "C" NOT NULL,
    content_hash    BYTEA   NOT NULL,
    unsent          BOOLEAN NOT NULL,
    removed_at      BIGINT  NOT NULL,
    PRIMARY KEY (client_msg_id, sender_id, conversation_id)
);
CREATE UNIQUE INDEX sent_messages_place ON sent_messages (conversation_id, seq);
CREATE INDEX sent_messages_removed ON sent_messages (removed_at);
