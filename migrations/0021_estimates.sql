-- How well arrivals were foreseen, and what is learned from journeys that came to their end.

-- Whether finished journeys teach the installation's speeds: anonymous sums over public roads, nothing else.
alter table organization add column share_speeds boolean not null default true;

-- A window that was given during a journey, and what came of it. `lead_min` 0 is the journey's start, the others
-- the moments at which so many minutes remained.
create table eta_outcome (
    org_id       uuid not null,
    session_id   uuid not null,
    lead_min     smallint not null check (lead_min in (0, 5, 10, 20, 30)),
    tier         smallint not null,
    -- Local, of the moment at which it was given: Monday 0:00 is 0.
    hour_of_week smallint not null check (hour_of_week between 0 and 167),
    p10_s        integer not null,
    p50_s        integer not null,
    p90_s        integer not null,
    at           timestamptz not null,
    -- Seconds from `at` to the arrival; null until it.
    took_s       double precision,
    primary key (org_id, session_id, lead_min),
    foreign key (org_id, session_id) references tracking_session (org_id, session_id)
);
create index eta_outcome_at on eta_outcome (org_id, at) where took_s is not null;

-- A journey that came to its end, as far as travel times need it.
create table finished_trip (
    org_id       uuid not null,
    session_id   uuid not null,
    -- Null where the track does not say where it began, or the journey says nothing about driving.
    from_lat     double precision,
    from_lon     double precision,
    to_lat       double precision,
    to_lon       double precision,
    started_at   timestamptz not null,
    utc_offset_s integer not null,
    duration_s   double precision,
    gathered_at  timestamptz not null default now(),
    primary key (org_id, session_id),
    foreign key (org_id, session_id) references tracking_session (org_id, session_id)
);
create index finished_trip_start on finished_trip (org_id, started_at);

-- An organization's sums of speeds over public roads, as campo_geo::pace keeps them; what of it may be shared goes
-- into the installation's.
create table pace_sums (
    org_id   uuid primary key references organization (org_id),
    blob     bytea not null,
    faded_at timestamptz not null default now()
);

do $$
declare
    t text;
begin
    foreach t in array array['eta_outcome', 'finished_trip', 'pace_sums'] loop
        execute format('alter table %I enable row level security', t);
        execute format('alter table %I force row level security', t);
        execute format(
            'create policy tenant on %I for all to campo_app
             using (org_id = (select current_org())) with check (org_id = (select current_org()))', t);
    end loop;
end
$$;
grant select, insert, update, delete on eta_outcome, finished_trip, pace_sums to campo_app;

-- What the installation learned: `eta` (models) and `pace` (sums of speeds). One of each kind serves; the ones
-- before it stay as the way back.
create table learned (
    kind       text not null check (kind in ('eta', 'pace')),
    generation integer not null,
    is_current boolean not null default false,
    blob       bytea not null,
    -- What was said of it when it was made: trips, verdict.
    said       jsonb not null default '{}',
    made_at    timestamptz not null default now(),
    primary key (kind, generation)
);
create unique index learned_current on learned (kind) where is_current;
alter table learned enable row level security;
alter table learned force row level security;
create policy work on learned for all to campo_worker using (true) with check (true);
grant select, insert, update, delete on learned to campo_worker;
