-- Models of travel times belong to one organization each, trained from its own journeys alone. What organizations
-- share are anonymous speeds of public roads, and nothing else.

create table eta_model (
    org_id       uuid not null references organization (org_id),
    generation   integer not null,
    -- One serves; the ones before it stay as the way back.
    is_current   boolean not null default false,
    -- Taken back by a person: no way back leads to it.
    is_withdrawn boolean not null default false,
    blob         bytea not null,
    -- What was said of it when it was made: trips, errors.
    said         jsonb not null default '{}',
    made_at      timestamptz not null default now(),
    primary key (org_id, generation)
);
create unique index eta_model_current on eta_model (org_id) where is_current;

-- What was said of an organization's last training, whatever came of it.
create table eta_verdict (
    org_id uuid primary key references organization (org_id),
    at     timestamptz not null default now(),
    said   jsonb not null
);

do $$
declare
    t text;
begin
    foreach t in array array['eta_model', 'eta_verdict'] loop
        execute format('alter table %I enable row level security', t);
        execute format('alter table %I force row level security', t);
        execute format(
            'create policy tenant on %I for all to campo_app
             using (org_id = (select current_org())) with check (org_id = (select current_org()))', t);
    end loop;
end
$$;
grant select, insert, update, delete on eta_model, eta_verdict to campo_app;
-- A process asks in one query which generations serve the organizations that it holds models of. Numbers, no models.
create policy work on eta_model for select to campo_worker using (true);
grant select (org_id, generation, is_current) on eta_model to campo_worker;

-- The one model of all organizations' journeys ends, with what it knew of them.
alter table learned no force row level security;
delete from learned where kind = 'eta';
alter table learned force row level security;
alter table learned drop constraint learned_kind_check;
alter table learned
    add constraint learned_kind_check check (kind = 'pace'),
    add column is_withdrawn boolean not null default false;

-- What was said of the last night's speeds, whatever came of them.
create table learned_verdict (
    kind text primary key check (kind = 'pace'),
    at   timestamptz not null default now(),
    said jsonb not null
);
alter table learned_verdict enable row level security;
alter table learned_verdict force row level security;
create policy work on learned_verdict for all to campo_worker using (true) with check (true);
grant select, insert, update, delete on learned_verdict to campo_worker;

-- One journey in five judges speeds and never teaches any.
alter table finished_trip add column is_judge boolean not null default false;
create index finished_trip_judge on finished_trip (org_id, started_at) where is_judge;
