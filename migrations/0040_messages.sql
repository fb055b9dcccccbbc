-- Messages to and from people, over every channel, and the numbers that organizations send from.

-- One message. Outbound ones are composed when they leave: until then an event's row holds what it tells of, and no link.
create table message (
    org_id          uuid not null references organization (org_id),
    message_id      uuid not null,
    direction       text not null check (direction in ('in', 'out')),
    conversation_id uuid,
    channel         text not null check (channel in ('whatsapp', 'sms', 'email', 'push', 'web')),
    from_phone      text,
    to_phone        text,
    kind            text not null,
    body            jsonb not null default '{}',
    -- As it reads, without links that open something.
    text            text,
    -- queued and sending are on their way out; suppressed: judged again when it was to leave, and kept back.
    state           text not null check (state in ('received', 'queued', 'sending', 'sent', 'delivered', 'read', 'failed',
                        'fallback_sms', 'undeliverable', 'suppressed')),
    provider_id     text,
    error_code      text,
    error_detail    text,
    dedupe_key      text check (length(dedupe_key) <= 200),
    -- What it tells of, as `tech_en_route`; null for what a person wrote.
    event           text,
    is_critical     boolean not null default false,
    entity_kind     text,
    entity_id       uuid,
    customer_id     uuid,
    user_id         uuid,
    -- The WhatsApp message that this SMS stands for.
    fallback_of     uuid,
    created_by      uuid,
    attempts        smallint not null default 0,
    created_at      timestamptz not null default now(),
    -- Not before: quiet hours and reminders move it.
    due_at          timestamptz not null default now(),
    -- When its present attempt was begun: written before the provider is asked.
    sending_at      timestamptz,
    sent_at         timestamptz,
    delivered_at    timestamptz,
    read_at         timestamptz,
    failed_at       timestamptz,
    primary key (org_id, message_id),
    foreign key (org_id, customer_id) references customer (org_id, customer_id),
    foreign key (org_id, user_id) references member (org_id, user_id),
    foreign key (org_id, fallback_of) references message (org_id, message_id)
);
create unique index message_provider on message (org_id, provider_id) where provider_id is not null;
create unique index message_dedupe on message (org_id, dedupe_key) where dedupe_key is not null;
create unique index message_fallback on message (org_id, fallback_of) where fallback_of is not null;
create index message_entity on message (org_id, entity_kind, entity_id, created_at) where entity_id is not null;
create index message_user on message (org_id, user_id, created_at desc, message_id desc) where user_id is not null;
create index message_conversation on message (org_id, conversation_id, created_at desc, message_id desc)
    where conversation_id is not null;
-- A status names the message before the organization is known.
create index message_callback on message (message_id) where direction = 'out';

-- The number that an organization sends from, and its token, sealed.
create table whatsapp_account (
    org_id          uuid primary key references organization (org_id),
    phone_number_id text not null check (phone_number_id ~ '^[0-9]{1,32}$'),
    waba_id         text,
    display_phone   text,
    token           bytea not null,
    -- Meta's test number: Argentine recipients are spelled as its panel stores them.
    is_sandbox      boolean not null default false,
    version         integer not null default 1,
    created_at      timestamptz not null default now(),
    updated_at      timestamptz not null default now()
);
create unique index whatsapp_account_number on whatsapp_account (phone_number_id);

-- When an organization's last messages left, as many as may leave in a minute.
create table message_pace (
    org_id uuid primary key references organization (org_id),
    recent timestamptz[] not null default '{}'
);

do $$
declare
    t text;
begin
    foreach t in array array['message', 'whatsapp_account', 'message_pace'] loop
        execute format('alter table %I enable row level security', t);
        execute format('alter table %I force row level security', t);
        execute format(
            'create policy tenant on %I for all to campo_app
             using (org_id = (select current_org())) with check (org_id = (select current_org()))', t);
    end loop;
end
$$;

-- The message that a provider's status names (Db::callback()).
create function current_callback() returns uuid
    language sql stable parallel safe
    return nullif(current_setting('app.callback', true), '')::uuid;
revoke all on function current_callback() from public;
grant execute on function current_callback() to campo_app, campo_ingest, campo_worker;
create policy callback on message for select to campo_app using (message_id = (select current_callback()));

-- A webhook names a number before the organization is known.
create policy identity on whatsapp_account for select to campo_app using ((select in_identity_scope()));

grant select, insert, update, delete on message, whatsapp_account, message_pace to campo_app;
