-- Outgoing webhooks: an organization's own systems hear its events, signed, in order of the event table.
create table webhook_endpoint (
    org_id          uuid not null references organization (org_id),
    endpoint_id     uuid not null,
    url             text not null check (length(url) between 8 and 2048),
    description     text,
    -- `*`, `job.*` or a kind as events have it.
    kinds           text[] not null check (cardinality(kinds) between 1 and 50),
    -- Sealed; after a rotation the one before signs too for a day.
    secret          bytea not null,
    previous_secret bytea,
    previous_until  timestamptz,
    is_active       boolean not null default true,
    -- `manual` (a person) or `failing` (five days without one success).
    disabled_reason text check (disabled_reason in ('manual', 'failing')),
    disabled_at     timestamptz,
    -- The last event that has become deliveries here.
    cursor          bigint not null,
    -- The first failure since the last success.
    failing_since   timestamptz,
    version         integer not null default 1,
    created_by      uuid not null,
    created_at      timestamptz not null default now(),
    updated_at      timestamptz not null default now(),
    primary key (org_id, endpoint_id),
    foreign key (org_id, created_by) references member (org_id, user_id)
);

-- One event on its way to one endpoint. Its id is the `webhook-id`, the same whenever it is sent again.
create table webhook_delivery (
    org_id       uuid not null,
    delivery_id  uuid not null,
    endpoint_id  uuid not null,
    seq          bigint not null,
    kind         text not null,
    state        text not null default 'pending' check (state in ('pending', 'delivered', 'failed')),
    -- Tries of the present round, and how many rounds a person asked for.
    tries        smallint not null default 0,
    round        integer not null default 0,
    next_at      timestamptz,
    last_status  smallint,
    last_error   text,
    last_at      timestamptz,
    delivered_at timestamptz,
    created_at   timestamptz not null default now(),
    primary key (org_id, delivery_id),
    unique (org_id, endpoint_id, seq),
    foreign key (org_id, endpoint_id) references webhook_endpoint (org_id, endpoint_id) on delete cascade
);
create index webhook_delivery_newest on webhook_delivery (org_id, endpoint_id, created_at desc, delivery_id desc);
create index webhook_delivery_oldest on webhook_delivery (org_id, created_at);

-- Every try, with what came back.
create table webhook_attempt (
    org_id      uuid not null,
    delivery_id uuid not null,
    attempt_id  uuid not null,
    at          timestamptz not null,
    status      smallint,
    error       text,
    -- The first words of the answer.
    answer      text,
    took_ms     integer not null,
    primary key (org_id, delivery_id, attempt_id),
    foreign key (org_id, delivery_id) references webhook_delivery (org_id, delivery_id) on delete cascade
);

do $$
declare
    t text;
begin
    foreach t in array array['webhook_endpoint', 'webhook_delivery', 'webhook_attempt'] loop
        execute format('alter table %I enable row level security', t);
        execute format('alter table %I force row level security', t);
        execute format(
            'create policy tenant on %I for all to campo_app
             using (org_id = (select current_org())) with check (org_id = (select current_org()))', t);
        execute format('grant select, insert, update, delete on %I to campo_app', t);
    end loop;
end
$$;
