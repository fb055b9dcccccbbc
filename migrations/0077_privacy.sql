-- Law 25.326: consents, requests and their clocks, copies of what is held, and the one role that may take words
-- out of what is otherwise written once.

-- The eraser. Like the serving roles it owns nothing and bypasses nothing: it sees the transaction's organization,
-- and identity tables in identity scope alone. Nothing connects as it: a transaction takes it for the time it erases.
do $$
begin
    begin
        create role campo_privacy nologin noinherit nosuperuser nobypassrls;
    exception when duplicate_object or unique_violation then
        null;
    end;
    begin
        grant campo_privacy to current_user;
    exception when unique_violation then
        null;
    end;
end
$$;
grant usage on schema public to campo_privacy;
grant execute on function current_org(), in_identity_scope(), current_link_hash(), current_callback() to campo_privacy;

-- What people agreed to, each time they said so; the newest of a kind holds. Written once.
create table consent (
    org_id     uuid not null,
    consent_id uuid not null,
    user_id    uuid not null,
    kind       text not null check (kind in
                   ('terms', 'privacy', 'international_transfer', 'voice', 'location', 'location_history')),
    is_given   boolean not null,
    -- Which words they saw.
    version    text not null check (length(version) between 1 and 40),
    at         timestamptz not null default now(),
    ip         text,
    user_agent text,
    primary key (org_id, consent_id),
    foreign key (org_id, user_id) references member (org_id, user_id)
);
create index consent_of on consent (org_id, user_id, kind, at desc, consent_id desc);

-- What the newest answers mean for positions, where they are asked at each point: null is not asked yet.
alter table member
    add column location_consent boolean,
    add column keeps_history    boolean not null default true;

create index member_without_history on member (org_id) where not keeps_history;

-- What somebody asked of us about their data, with the day by which it must be answered.
create table privacy_request (
    org_id       uuid not null references organization (org_id),
    request_id   uuid not null,
    kind         text not null check (kind in ('access', 'rectify', 'erase')),
    user_id      uuid,
    customer_id  uuid,
    -- What is wrong, in their words.
    detail       text check (length(detail) <= 2000),
    -- confirming: a code was sent; waiting: the thirty days before an erasure.
    state        text not null check (state in ('confirming', 'open', 'waiting', 'done', 'refused', 'withdrawn')),
    asked_by     uuid not null,
    asked_at     timestamptz not null default now(),
    due_at       timestamptz not null,
    -- The code is HMAC(key, request); only its hash is stored.
    token_hash   bytea,
    token_until  timestamptz,
    tries        smallint not null default 0,
    erase_at     timestamptz,
    decided_by   uuid,
    decided_at   timestamptz,
    answer       text check (length(answer) <= 2000),
    -- The owner was told that it is overdue.
    alarmed_at   timestamptz,
    primary key (org_id, request_id),
    foreign key (org_id, user_id) references member (org_id, user_id),
    foreign key (org_id, customer_id) references customer (org_id, customer_id),
    check ((user_id is null) <> (customer_id is null))
);
create index privacy_request_newest on privacy_request (org_id, asked_at desc, request_id desc);
create index privacy_request_open on privacy_request (org_id, due_at) where state in ('open', 'waiting');
create unique index privacy_request_leaving on privacy_request (org_id, user_id)
    where kind = 'erase' and state in ('confirming', 'open', 'waiting');

-- A copy of everything held about somebody; its bytes lie in the store for seven days.
create table privacy_export (
    org_id      uuid not null references organization (org_id),
    export_id   uuid not null,
    user_id     uuid,
    customer_id uuid,
    asked_by    uuid,
    state       text not null check (state in ('pending', 'ready', 'gone')),
    bytes       bigint,
    token_hash  bytea not null,
    asked_at    timestamptz not null default now(),
    ready_at    timestamptz,
    expires_at  timestamptz,
    primary key (org_id, export_id),
    foreign key (org_id, user_id) references member (org_id, user_id),
    foreign key (org_id, customer_id) references customer (org_id, customer_id)
);
create index privacy_export_of on privacy_export (org_id, user_id, asked_at desc);
create index privacy_export_old on privacy_export (org_id, expires_at) where state = 'ready';
create unique index privacy_export_token on privacy_export (token_hash);

-- What is kept of a day's positions after they are gone: no places.
create table travel_day (
    org_id     uuid not null,
    user_id    uuid not null,
    -- The organization's own day.
    day        date not null,
    points     integer not null,
    distance_m integer not null,
    moving_s   integer not null,
    stops      integer not null,
    first_at   timestamptz not null,
    last_at    timestamptz not null,
    primary key (org_id, user_id, day),
    foreign key (org_id, user_id) references member (org_id, user_id)
);
create index travel_day_old on travel_day (org_id, day);

do $$
declare
    t text;
begin
    foreach t in array array['consent', 'privacy_request', 'privacy_export', 'travel_day'] loop
        execute format('alter table %I enable row level security', t);
        execute format('alter table %I force row level security', t);
        execute format(
            'create policy tenant on %I for all to campo_app
             using (org_id = (select current_org())) with check (org_id = (select current_org()))', t);
    end loop;
end
$$;
-- A link opens its own copy and nothing else.
create policy link on privacy_export for select to campo_app using (token_hash = (select current_link_hash()));
-- Whoever looks for overdue requests does not know the organization yet: which ones have any.
create policy identity on privacy_request for select to campo_app using ((select in_identity_scope()));
grant select, insert on consent to campo_app;
grant select, insert, update, delete on privacy_request, privacy_export, travel_day to campo_app;

-- Retention finds what is old.
create index notice_old on notice (org_id, created_at);
create index message_old on message (org_id, created_at);

-- Photos and signatures are written once for everybody but the eraser.
create or replace function refuse_change() returns trigger language plpgsql as $$
begin
    if current_user = 'campo_privacy' and tg_op <> 'TRUNCATE' then
        return null;
    end if;
    raise exception '% is written once', tg_table_name using errcode = 'integrity_constraint_violation';
end
$$;
revoke all on function refuse_change() from public;

-- Opens every table to the eraser within the transaction's organization, identity tables in identity scope.
-- Run again after later migrations (db/migrate.rs), so that no new table is forgotten.
create function open_to_eraser() returns void language plpgsql as $$
declare
    t record;
begin
    for t in
        select c.relname as name,
               exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'org_id' and not a.attisdropped) as has_org
        from pg_class c
        where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
          and c.relname not in ('_sqlx_migrations', 'signing_key', 'data_key') and c.relname not like 'audit%'
          and not exists (select from pg_policies p where p.schemaname = 'public' and p.tablename = c.relname and p.policyname = 'eraser')
    loop
        if t.has_org then
            execute format(
                'create policy eraser on %I for all to campo_privacy
                 using (org_id = (select current_org())) with check (org_id = (select current_org()))', t.name);
            execute format('grant select, update, delete on %I to campo_privacy', t.name);
            -- A changed customer's words for searching are written anew by a trigger.
            if t.name = 'customer_word' then
                grant insert on customer_word to campo_privacy;
            end if;
        elsif exists (select from pg_policies p where p.schemaname = 'public' and p.tablename = t.name and p.policyname = 'identity') then
            execute format(
                'create policy eraser on %I for all to campo_privacy
                 using ((select in_identity_scope())) with check ((select in_identity_scope()))', t.name);
            execute format('grant select, update, delete on %I to campo_privacy', t.name);
        end if;
    end loop;
end
$$;
revoke all on function open_to_eraser() from public;
select open_to_eraser();

-- Identity tables that carry an organization, and the installation's own tasks, in identity scope too.
create policy eraser_identity on login_session for all to campo_privacy
    using ((select in_identity_scope())) with check ((select in_identity_scope()));
create policy eraser_identity on member for select to campo_privacy using ((select in_identity_scope()));
create policy eraser_identity on customer for select to campo_privacy using ((select in_identity_scope()));
create policy eraser_identity on task for all to campo_privacy
    using ((select in_identity_scope()) and org_id is null) with check ((select in_identity_scope()) and org_id is null);

-- Takes words out of every text of a JSON value; a number that is such a word becomes null. `\1` and the like mean
-- nothing in the replacement.
create function scrub_json(value jsonb, pattern text) returns jsonb language plpgsql immutable parallel safe as $$
begin
    case jsonb_typeof(value)
        when 'string' then
            return to_jsonb(regexp_replace(value #>> '{}', pattern, '[borrado]', 'gi'));
        when 'number' then
            return case when value::text ~* pattern then 'null'::jsonb else value end;
        when 'array' then
            return coalesce((select jsonb_agg(scrub_json(e, pattern) order by n)
                             from jsonb_array_elements(value) with ordinality as x(e, n)), '[]');
        when 'object' then
            return coalesce((select jsonb_object_agg(regexp_replace(k, pattern, '[borrado]', 'gi'), scrub_json(v, pattern))
                             from jsonb_each(value) as x(k, v)), '{}');
        else
            return value;
    end case;
end
$$;
revoke all on function scrub_json(jsonb, text) from public;
grant execute on function scrub_json(jsonb, text) to campo_privacy;
