-- What was said and what is still to do: events, tasks, idempotency.

-- The last event number of an organization. Its row lock is taken last in a transaction, so commit order is seq order.
create table org_seq (
    org_id uuid primary key references organization (org_id),
    seq    bigint not null default 0
);

-- Every fact the rest may hear, gapless per organization.
create table event (
    org_id     uuid not null,
    seq        bigint not null,
    kind       text not null,
    at         timestamptz not null,
    -- The event as viewers get it: {"kind","at","by","job"?,"technician"?,..}.
    body       jsonb not null,
    created_at timestamptz not null default now(),
    primary key (org_id, seq)
);

-- Durable work, written in the transaction of its cause, claimed with SKIP LOCKED.
create table task (
    task_id     uuid primary key,
    -- Null: work of the installation itself (a code for somebody who has no organization yet).
    org_id      uuid,
    kind        text not null,
    payload     jsonb not null,
    -- One open task per key: the fact that must be carried out once.
    unique_key  text,
    run_at      timestamptz not null default now(),
    attempts    smallint not null default 0,
    -- Who holds it, until when: the lease token is checked when the task is finished.
    lease       uuid,
    leased_until timestamptz,
    state       text not null default 'ready' check (state in ('ready', 'done', 'dead')),
    last_error  text,
    created_at  timestamptz not null default now(),
    finished_at timestamptz
);
create index task_ready on task (run_at) where state = 'ready';
create unique index task_unique on task (org_id, kind, unique_key) nulls not distinct where unique_key is not null and state = 'ready';

-- A request answered once; the same key gets the same answer.
create table idempotency (
    org_id       uuid not null references organization (org_id),
    user_id      uuid not null,
    key          text not null check (length(key) between 16 and 64),
    route        text not null,
    request_hash bytea not null,
    status       smallint not null,
    body         jsonb not null,
    created_at   timestamptz not null default now(),
    primary key (org_id, user_id, key)
);

-- A command of a phone answered once: the same id gets the same answer.
create table command_result (
    org_id     uuid not null,
    user_id    uuid not null,
    command_id uuid not null,
    result     jsonb not null,
    created_at timestamptz not null default now(),
    primary key (org_id, user_id, command_id),
    foreign key (org_id, user_id) references member (org_id, user_id)
);
