-- Frozen: what a database of version 1 holds, as the first release wrote it. Never change this file;
-- a new version gets a file of its own. The migrations are tested from it.
PRAGMA application_id = 1415923809;
CREATE TABLE conversation(
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    uuid TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL DEFAULT '',
    title_is_auto INTEGER NOT NULL DEFAULT 1,
    tip_message_id INTEGER REFERENCES message(id),
    draft TEXT NOT NULL DEFAULT '',
    model_ref TEXT NOT NULL DEFAULT '',
    params_json TEXT NOT NULL DEFAULT '{}',
    pinned INTEGER NOT NULL DEFAULT 0,
    folder_id INTEGER,
    archived_at INTEGER,
    deleted_at INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
);
CREATE TABLE message(
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation_id INTEGER NOT NULL REFERENCES conversation(id),
    parent_id INTEGER REFERENCES message(id),
    role TEXT NOT NULL,
    text TEXT NOT NULL DEFAULT '',
    reasoning TEXT NOT NULL DEFAULT '',
    status TEXT NOT NULL,
    pinned INTEGER NOT NULL DEFAULT 0,
    finish_reason TEXT,
    model_ref TEXT NOT NULL DEFAULT '',
    params_json TEXT NOT NULL DEFAULT '{}',
    prompt_tokens INTEGER,
    output_tokens INTEGER,
    first_token_ms INTEGER,
    duration_ms INTEGER,
    error_code TEXT,
    error_params TEXT,
    created_at INTEGER NOT NULL
);
CREATE TABLE queued_message(
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation_id INTEGER NOT NULL REFERENCES conversation(id),
    text TEXT NOT NULL,
    created_at INTEGER NOT NULL
);
CREATE TABLE app_state(key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE INDEX conversation_by_tip ON conversation(tip_message_id);
CREATE INDEX message_by_tree ON message(conversation_id, parent_id, role);
CREATE INDEX message_by_parent ON message(parent_id);
CREATE INDEX message_by_time ON message(created_at);
CREATE INDEX message_streaming ON message(id) WHERE status = 'STREAMING';
CREATE INDEX queued_message_by_conversation ON queued_message(conversation_id);
CREATE VIRTUAL TABLE message_search USING fts5(
    body, facets, content='', contentless_delete=1, prefix='2 3',
    tokenize='unicode61 remove_diacritics 0'
);
CREATE VIRTUAL TABLE title_search USING fts5(
    title, content='', contentless_delete=1, prefix='2 3', tokenize='unicode61 remove_diacritics 0'
);
INSERT INTO conversation(id, uuid, title, draft, created_at, updated_at)
    VALUES(1, '6f1c1f6e-0000-4000-8000-000000000001', '龙井', 'half a line', 1700000000000, 1700000000500);
INSERT INTO message(id, conversation_id, parent_id, role, text, status, created_at)
    VALUES(1, 1, NULL, 'user', '龙井怎么泡？', 'COMPLETE', 1700000000000);
INSERT INTO message(id, conversation_id, parent_id, role, text, status, finish_reason, model_ref,
                    prompt_tokens, output_tokens, first_token_ms, duration_ms, created_at)
    VALUES(2, 1, 1, 'assistant', '用八十度的水。', 'COMPLETE', 'stop', 'starter', 12, 8, 90, 400, 1700000000100);
UPDATE conversation SET tip_message_id = 2;
INSERT INTO message_search(rowid, body, facets) VALUES(1, ' 龙  井  怎  么  泡  ', 'c1 ruser');
INSERT INTO message_search(rowid, body, facets) VALUES(2, ' 用  八  十  度  的  水  ', 'c1 rassistant');
PRAGMA user_version = 1;
