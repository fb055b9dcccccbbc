-- The work: customers, jobs, assignments, history, shifts.

create table customer (
    org_id      uuid not null references organization (org_id),
    customer_id uuid not null,
    name        text not null check (length(name) between 1 and 200),
    phone       text not null,
    address     text check (length(address) <= 500),
    lat         double precision check (lat between -90 and 90),
    lon         double precision check (lon between -180 and 180),
    notes       text check (length(notes) <= 2000),
    is_active   boolean not null default true,
    version     integer not null default 1,
    created_at  timestamptz not null default now(),
    updated_at  timestamptz not null default now(),
    primary key (org_id, customer_id),
    unique (org_id, phone),
    check ((lat is null) = (lon is null))
);

-- The last job number given; its row lock makes numbers gapless.
create table job_counter (
    org_id uuid primary key references organization (org_id),
    last   integer not null default 0
);

create table job (
    org_id              uuid not null,
    job_id              uuid not null,
    job_number          text not null,
    title               text not null check (length(title) between 3 and 200),
    description         text check (length(description) <= 2000),
    job_type            text not null default 'general',
    priority            text not null default 'normal' check (priority in ('low', 'normal', 'high', 'urgent')),
    source              text not null default 'manual' check (source in ('manual', 'whatsapp', 'voice', 'recurring')),
    customer_id         uuid not null,
    status              text not null check (status in ('pending', 'scheduled', 'en_camino', 'working', 'completed', 'cancelled')),
    scheduled_start     timestamptz,
    scheduled_end       timestamptz,
    estimated_duration_min integer check (estimated_duration_min between 15 and 1440),
    address             text check (length(address) <= 500),
    lat                 double precision check (lat between -90 and 90),
    lon                 double precision check (lon between -180 and 180),
    notes               text check (length(notes) <= 2000),
    internal_notes      text check (length(internal_notes) <= 2000),
    completion_notes    text check (length(completion_notes) <= 2000),
    cancellation_reason text check (length(cancellation_reason) <= 500),
    actual_start        timestamptz,
    actual_end          timestamptz,
    status_changed_at   timestamptz not null default now(),
    version             integer not null default 1,
    created_by          uuid,
    created_at          timestamptz not null default now(),
    updated_at          timestamptz not null default now(),
    primary key (org_id, job_id),
    unique (org_id, job_number),
    foreign key (org_id, customer_id) references customer (org_id, customer_id),
    check ((lat is null) = (lon is null)),
    check (scheduled_end is null or scheduled_start is null or scheduled_end >= scheduled_start)
);
create index job_open on job (org_id, status, scheduled_start) where status not in ('completed', 'cancelled');
create index job_newest on job (org_id, created_at desc, job_id desc);
create index job_scheduled on job (org_id, scheduled_start);

-- Who does a job; ordinal 0 is the lead.
create table job_assignment (
    org_id      uuid not null,
    job_id      uuid not null,
    user_id     uuid not null,
    ordinal     smallint not null,
    assigned_at timestamptz not null default now(),
    primary key (org_id, job_id, user_id),
    foreign key (org_id, job_id) references job (org_id, job_id),
    foreign key (org_id, user_id) references member (org_id, user_id)
);
create index job_assignment_user on job_assignment (org_id, user_id);

create table job_status_history (
    org_id          uuid not null,
    job_id          uuid not null,
    ordinal         integer not null,
    status          text not null,
    previous_status text,
    changed_by      uuid,
    changed_by_kind text not null check (changed_by_kind in ('staff', 'technician', 'customer', 'system')),
    notes           text check (length(notes) <= 500),
    lat             double precision,
    lon             double precision,
    -- When it took effect; recorded_at is when the server learnt of it.
    at              timestamptz not null,
    recorded_at     timestamptz not null default now(),
    primary key (org_id, job_id, ordinal),
    foreign key (org_id, job_id) references job (org_id, job_id)
);

create table shift (
    org_id     uuid not null,
    shift_id   uuid not null,
    user_id    uuid not null,
    started_at timestamptz not null,
    ended_at   timestamptz,
    started_by uuid,
    ended_by   uuid,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (org_id, shift_id),
    foreign key (org_id, user_id) references member (org_id, user_id),
    check (ended_at is null or ended_at >= started_at)
);
create unique index shift_open on shift (org_id, user_id) where ended_at is null;
create index shift_user on shift (org_id, user_id, started_at desc);
