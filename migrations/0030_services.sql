-- What runs, degraded or in panic, and what is switched off: for the whole installation, and for one organization.
-- Every node keeps all of it in memory and looks at one number to see whether it is news.

create table switchboard (
    is_one  boolean primary key default true check (is_one),
    version bigint not null default 0
);
insert into switchboard default values;

-- The installation's: decided by its operator, or by what was measured. A row stays after the end of a panic: it says since when.
create table installation_mode (
    service text primary key,
    mode    text not null check (mode in ('ok', 'degraded', 'panic')),
    cause   text not null check (cause in ('person', 'rate', 'breaker')),
    reason  text not null check (char_length(reason) between 10 and 500),
    since   timestamptz not null default now(),
    -- When a breaker that is the cause was last seen open, on any node.
    held_at timestamptz not null default now()
);

-- A row is a capability that is switched off.
create table installation_switch (
    capability text primary key,
    reason     text not null check (char_length(reason) between 10 and 500),
    since      timestamptz not null default now()
);

-- An organization's own.
create table organization_mode (
    org_id     uuid not null references organization (org_id),
    service    text not null,
    mode       text not null check (mode in ('ok', 'degraded', 'panic')),
    cause      text not null check (cause in ('person', 'rate', 'breaker')),
    reason     text not null check (char_length(reason) between 10 and 500),
    -- The person; null where it was measured.
    decided_by uuid,
    since      timestamptz not null default now(),
    primary key (org_id, service)
);
create table organization_switch (
    org_id     uuid not null references organization (org_id),
    capability text not null,
    reason     text not null check (char_length(reason) between 10 and 500),
    decided_by uuid,
    since      timestamptz not null default now(),
    primary key (org_id, capability)
);

-- How often something went well or badly, minute by minute; kept for two hours. Without organization: the
-- installation's own credential. No foreign key: one bad row must not hold up everyone's counts.
create table service_count (
    org_id uuid,
    signal text not null,
    minute timestamptz not null,
    good   integer not null,
    bad    integer not null,
    unique nulls not distinct (org_id, signal, minute)
);

do $$
declare
    t text;
begin
    foreach t in array array[
        'switchboard', 'installation_mode', 'installation_switch', 'organization_mode', 'organization_switch', 'service_count'
    ] loop
        execute format('alter table %I enable row level security', t);
        execute format('alter table %I force row level security', t);
    end loop;
    foreach t in array array['organization_mode', 'organization_switch', 'service_count'] loop
        execute format(
            'create policy tenant on %I for all to campo_app
             using (org_id = (select current_org())) with check (org_id = (select current_org()))', t);
    end loop;
    foreach t in array array['installation_mode', 'installation_switch', 'service_count'] loop
        execute format('create policy work on %I for all to campo_worker using (true) with check (true)', t);
    end loop;
    -- Every node holds what every organization switched: it is asked at each message.
    foreach t in array array['organization_mode', 'organization_switch'] loop
        execute format('create policy look on %I for select to campo_worker using (true)', t);
    end loop;
end
$$;
create policy news on switchboard for all to campo_app, campo_worker using (true) with check (true);
grant select, update on switchboard to campo_app, campo_worker;
grant select, insert, update, delete on installation_mode, installation_switch, service_count to campo_worker;
grant select, insert, update, delete on organization_mode, organization_switch to campo_app;
grant select on organization_mode, organization_switch to campo_worker;
-- A decision begins the count anew.
grant select, delete on service_count to campo_app;
