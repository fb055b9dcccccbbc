-- Where people are: sources, positions, tracking sessions.

-- A stream of positions: one boot of one device's store. `source` is the int4 surrogate that positions carry.
create table source (
    org_id        uuid not null,
    source        integer generated always as identity,
    user_id       uuid not null,
    device        uuid not null,
    boot          uuid not null,
    -- Server time minus the phone's clock, fixed at the boot's first frame; null before it.
    correction_ms bigint,
    app           text,
    -- The oldest resume token still good: using one ends those before it.
    resume_n      integer not null default 0,
    created_at    timestamptz not null default now(),
    last_seen_at  timestamptz not null default now(),
    primary key (org_id, source),
    unique (org_id, user_id, device, boot),
    foreign key (org_id, user_id) references member (org_id, user_id)
);

-- Every position ever acknowledged. `at` is the phone's own clock and identifies the point within its source.
-- The key does not begin with org_id and there are no foreign keys: the named exception of the catalog test
-- (77 bytes a row instead of 165, and one bad row must never fail everyone's batch).
create table position (
    at           timestamptz not null,
    corrected_at timestamptz not null,
    org_id       uuid not null,
    member       integer not null,
    source       integer not null,
    seq          integer not null,
    lat_e7       integer not null,
    lon_e7       integer not null,
    -- Received minus corrected, in seconds: how late the point came.
    delay_s      integer not null,
    accuracy_dm  smallint,
    speed_cmps   smallint,
    heading_ddeg smallint,
    altitude_m   smallint,
    battery_pct  smallint,
    -- Bits: 0 charging, 1 charging known, 2 mock, 4..6 activity (0 unknown, 1 still, 2 walking, 3 in_vehicle, 4 on_bicycle).
    flags        smallint not null default 0,
    -- The verdict at receipt; the track endpoint recomputes it with later points.
    verdict      smallint not null default 0,
    primary key (member, source, at)
) partition by range (at);

-- A phone whose clock is wrong by more than the ready-made days lands here; upkeep moves its rows when their day is made.
create table position_other partition of position default;

-- One journey to one job, watched by its customer.
create table tracking_session (
    org_id           uuid not null,
    session_id       uuid not null,
    job_id           uuid not null,
    user_id          uuid not null,
    status           text not null check (status in ('active', 'arrived', 'completed', 'cancelled')),
    dest_lat         double precision,
    dest_lon         double precision,
    started_at       timestamptz not null,
    arrived_at       timestamptz,
    arrived_by       text check (arrived_by in ('fence', 'technician', 'staff')),
    arrived_lat      double precision,
    arrived_lon      double precision,
    ended_at         timestamptz,
    -- The customer's link is HMAC(key, session, token_n); only its hash is stored.
    token_n          integer not null default 1,
    token_hash       bytea not null,
    token_expires_at timestamptz not null,
    access_count     integer not null default 0,
    last_accessed_at timestamptz,
    -- The window last told to the customer.
    window_from      timestamptz,
    window_to        timestamptz,
    primary key (org_id, session_id),
    foreign key (org_id, job_id) references job (org_id, job_id),
    foreign key (org_id, user_id) references member (org_id, user_id)
);
create unique index tracking_session_live on tracking_session (org_id, job_id) where status in ('active', 'arrived');
create unique index tracking_session_token on tracking_session (token_hash);
create index tracking_session_user on tracking_session (org_id, user_id) where status in ('active', 'arrived');
