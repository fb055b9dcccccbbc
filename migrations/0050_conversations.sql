-- WhatsApp coming in: webhooks as they came, conversations, what customers' messages become.

-- A webhook as it came, kept before it is answered. Its organization is not known yet.
create table webhook_in (
    webhook_id  bigint generated always as identity primary key,
    source      text not null,
    -- What was committed together is processed together.
    batch       uuid not null,
    body        bytea not null,
    -- A provider's repetition is byte for byte the same, and is kept once.
    hash        bytea not null,
    received_at timestamptz not null default now(),
    -- new | done | held (for a number that nobody has connected yet) | dead (no JSON)
    state       text not null default 'new' check (state in ('new', 'done', 'held', 'dead')),
    held_for    text[],
    error       text,
    unique (source, hash)
);
create index webhook_in_batch on webhook_in (batch) where state = 'new';
create index webhook_in_held on webhook_in using gin (held_for) where state = 'held';
create index webhook_in_old on webhook_in (received_at);
alter table webhook_in set (autovacuum_vacuum_scale_factor = 0.05, fillfactor = 90);

-- One customer's thread with one organization.
create table conversation (
    org_id            uuid not null references organization (org_id),
    conversation_id   uuid not null,
    -- E.164; null for somebody who shows a user id alone.
    phone             text,
    -- As Meta spells it.
    wa_id             text,
    -- Their business-scoped user id (`US.1349..`).
    wa_user_id        text,
    profile_name      text,
    username          text,
    customer_id       uuid,
    -- A colleague who writes from the own phone is no customer.
    member_id         uuid,
    status            text not null default 'open' check (status in ('open', 'closed', 'archived', 'spam')),
    assignee_id       uuid,
    -- The last job made from it.
    job_id            uuid,
    language          text not null default 'es-AR',
    unread            integer not null default 0 check (unread >= 0),
    -- The customer's newest message; free text may go until a day later.
    last_inbound_at   timestamptz,
    window_expires_at timestamptz,
    -- The newest message of either side, by its sender's clock, then the provider's id.
    last_at           timestamptz not null,
    last_id           text not null default '',
    last_direction    text check (last_direction in ('in', 'out')),
    last_kind         text,
    last_preview      text,
    read_at           timestamptz,
    -- When it was last told that nobody is there.
    told_at           timestamptz,
    -- Who wrote too much is quiet until then.
    quiet_until       timestamptz,
    created_at        timestamptz not null default now(),
    updated_at        timestamptz not null default now(),
    primary key (org_id, conversation_id),
    unique (org_id, phone),
    unique (org_id, wa_user_id),
    foreign key (org_id, customer_id) references customer (org_id, customer_id),
    foreign key (org_id, member_id) references member (org_id, user_id),
    foreign key (org_id, assignee_id) references member (org_id, user_id),
    foreign key (org_id, job_id) references job (org_id, job_id)
);
create index conversation_newest on conversation (org_id, last_at desc, conversation_id desc);
create index conversation_customer on conversation (org_id, customer_id) where customer_id is not null;

-- What was done to a message: a sign on it, other words, taken back. It may come before the message itself.
create table message_mark (
    org_id    uuid not null references organization (org_id),
    -- The message, by the provider's id.
    target    text not null,
    act       text not null check (act in ('reaction', 'edit', 'revoke')),
    direction text not null check (direction in ('in', 'out')),
    value     jsonb,
    at        timestamptz not null,
    source    text not null,
    primary key (org_id, target, act, direction)
);

-- What a customer asks for: one or more messages in a row. Open until somebody makes a job of it or lets it go.
create table inbox_request (
    org_id          uuid not null,
    request_id      uuid not null,
    conversation_id uuid not null,
    reason          text not null,
    text            text not null,
    count           integer not null,
    -- The last ten messages, the customer, the job under way, as they were then.
    context         jsonb not null,
    state           text not null default 'open' check (state in ('open', 'job', 'dismissed')),
    job_id          uuid,
    settled_by      uuid,
    settled_at      timestamptz,
    created_at      timestamptz not null default now(),
    primary key (org_id, request_id),
    foreign key (org_id, conversation_id) references conversation (org_id, conversation_id),
    foreign key (org_id, job_id) references job (org_id, job_id)
);
create index inbox_request_conversation on inbox_request (org_id, conversation_id, created_at desc);
create index inbox_request_open on inbox_request (org_id, conversation_id) where state = 'open';

-- A request that is still being written: the timer of its messages.
create table message_buffer (
    org_id          uuid not null,
    conversation_id uuid not null,
    -- Names this round: the task that ends it knows it.
    buffer_id       uuid not null,
    begun_at        timestamptz not null,
    flush_at        timestamptz not null,
    primary key (org_id, conversation_id),
    foreign key (org_id, conversation_id) references conversation (org_id, conversation_id)
);

-- Which messages a request is made of; none yet: those of the buffer.
create table request_message (
    org_id          uuid not null,
    message_id      uuid not null,
    conversation_id uuid not null,
    request_id      uuid,
    place           bigint generated always as identity,
    primary key (org_id, message_id),
    foreign key (org_id, message_id) references message (org_id, message_id),
    foreign key (org_id, conversation_id) references conversation (org_id, conversation_id),
    foreign key (org_id, request_id) references inbox_request (org_id, request_id)
);
create index request_message_open on request_message (org_id, conversation_id) where request_id is null;
create index request_message_request on request_message (org_id, request_id) where request_id is not null;

-- How requests came about, by day.
create table request_day (
    org_id    uuid not null references organization (org_id),
    day       date not null,
    requests  integer not null default 0,
    messages  integer not null default 0,
    immediate integer not null default 0,
    timeouts  integer not null default 0,
    primary key (org_id, day)
);

-- What the office answers again and again.
create table quick_reply (
    org_id     uuid not null references organization (org_id),
    reply_id   uuid not null,
    shortcut   text not null check (length(shortcut) between 1 and 40),
    text       text not null check (length(text) between 1 and 4096),
    version    integer not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (org_id, reply_id),
    unique (org_id, shortcut)
);

-- When an organization is open, and whether it says so by itself when it is not. No row: the defaults.
create table inbox_settings (
    org_id      uuid primary key references organization (org_id),
    hours       jsonb not null,
    auto_answer boolean not null default true,
    -- Its own words instead of the house's.
    answer_text text check (length(answer_text) <= 1000),
    version     integer not null default 1,
    updated_at  timestamptz not null default now()
);

do $$
declare
    t text;
begin
    foreach t in array array['conversation', 'message_mark', 'inbox_request', 'message_buffer', 'request_message',
        'request_day', 'quick_reply', 'inbox_settings'] loop
        execute format('alter table %I enable row level security', t);
        execute format('alter table %I force row level security', t);
        execute format(
            'create policy tenant on %I for all to campo_app
             using (org_id = (select current_org())) with check (org_id = (select current_org()))', t);
    end loop;
end
$$;
alter table webhook_in enable row level security;
alter table webhook_in force row level security;
create policy identity on webhook_in for all to campo_app
    using ((select in_identity_scope())) with check ((select in_identity_scope()));

-- The installation's own number serves several organizations: who writes to it is looked for among their customers.
create policy identity on customer for select to campo_app using ((select in_identity_scope()));
create index customer_phone on customer (phone);
-- Numbers that may be one in another spelling.
create index customer_last_ten on customer (org_id, right(phone, 10));
-- What left before there was a conversation is found by its phone.
create index message_phone on message (org_id, to_phone, created_at desc, message_id desc)
    where conversation_id is null and channel = 'whatsapp';

-- A status of an SMS names it by the provider's id before the organization is known.
create policy identity on message for select to campo_app
    using (channel = 'sms' and (select in_identity_scope()));
create index message_sms on message (provider_id) where channel = 'sms' and provider_id is not null;

grant select, insert, update, delete on
    webhook_in, conversation, message_mark, inbox_request, message_buffer, request_message, request_day, quick_reply,
    inbox_settings
    to campo_app;
