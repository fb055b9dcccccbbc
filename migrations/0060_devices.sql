-- Phone apps of others: one token a device, revocable; only its hash is stored.
create table device (
    org_id       uuid not null,
    device_id    uuid not null,
    user_id      uuid not null,
    name         text not null check (length(name) between 1 and 100),
    token_hash   bytea not null unique,
    -- The stream of positions that it makes.
    source       integer not null,
    created_by   uuid not null,
    created_at   timestamptz not null default now(),
    revoked_at   timestamptz,
    revoked_by   uuid,
    -- The app that spoke last, and when.
    last_app     text,
    last_seen_at timestamptz,
    -- The office wants to know where it is now: told in the next answer of an app that takes commands.
    wanted_at    timestamptz,
    primary key (org_id, device_id),
    foreign key (org_id, user_id) references member (org_id, user_id),
    foreign key (org_id, source) references source (org_id, source)
);
create index device_of on device (org_id, user_id);

-- What came in a day of Buenos Aires, and what was refused for good: the phone hears success all the same.
create table device_day (
    org_id     uuid not null,
    device_id  uuid not null,
    day        date not null,
    stored     bigint not null default 0,
    range      bigint not null default 0,
    future     bigint not null default 0,
    too_old    bigint not null default 0,
    off_shift  bigint not null default 0,
    unreadable bigint not null default 0,
    primary key (org_id, device_id, day),
    foreign key (org_id, device_id) references device (org_id, device_id)
);

do $$
declare
    t text;
begin
    foreach t in array array['device', 'device_day'] loop
        execute format('alter table %I enable row level security', t);
        execute format('alter table %I force row level security', t);
        execute format(
            'create policy tenant on %I for all to campo_app
             using (org_id = (select current_org())) with check (org_id = (select current_org()))', t);
    end loop;
end
$$;

-- A token opens its own row and nothing else (Db::link()).
create policy link on device for select to campo_app using (token_hash = (select current_link_hash()));
grant select, insert, update on device, device_day to campo_app;
