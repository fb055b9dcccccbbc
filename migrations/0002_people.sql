-- Who there is: organizations, people, memberships, login sessions, one-time codes.

create table organization (
    org_id       uuid primary key,
    name         text not null default '' check (length(name) <= 200),
    cuit         text,
    phone        text,
    timezone     text not null default 'America/Argentina/Buenos_Aires',
    -- The position interval told to phones, in seconds.
    ping_every_s integer not null default 30 check (ping_every_s between 5 and 300),
    -- Null: no limits (a self-hosted organization).
    tier         text,
    is_demo      boolean not null default false,
    version      integer not null default 1,
    created_at   timestamptz not null default now(),
    updated_at   timestamptz not null default now()
);

-- A person who can sign in, whatever organizations they belong to. Reached in identity scope alone.
create table app_user (
    user_id     uuid primary key,
    phone       text not null unique check (phone ~ '^\+54[0-9]{10,11}$'),
    default_org uuid,
    created_at  timestamptz not null default now()
);

-- A person in an organization. `member` is the int4 surrogate that positions carry; it never leaves the process.
create table member (
    org_id     uuid not null references organization (org_id),
    user_id    uuid not null references app_user (user_id),
    member     integer generated always as identity,
    role       text not null check (role in ('owner', 'admin', 'dispatcher', 'technician', 'accountant')),
    name       text not null check (length(name) between 1 and 200),
    phone      text not null,
    is_active  boolean not null default true,
    -- What was last told to viewers of a person on shift who fell silent.
    is_silent  boolean not null default false,
    version    integer not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (org_id, user_id),
    unique (org_id, member)
);
create index member_user on member (user_id);

-- One signing-in of one device: the family of its refresh tokens. Sockets live as long as it does.
create table login_session (
    session_id     uuid primary key,
    org_id         uuid not null,
    user_id        uuid not null,
    device_id      text,
    -- The refresh token is HMAC(key, session, token_n): recomputed when the same successor must be given again.
    token_n        integer not null default 1,
    token_hash     bytea not null unique,
    previous_hash  bytea unique,
    rotated_at     timestamptz,
    successor_used boolean not null default false,
    ip             text,
    user_agent     text,
    created_at     timestamptz not null default now(),
    last_used_at   timestamptz not null default now(),
    expires_at     timestamptz not null,
    revoked_at     timestamptz,
    revoke_reason  text,
    foreign key (org_id, user_id) references member (org_id, user_id)
);
create index login_session_member on login_session (org_id, user_id) where revoked_at is null;

-- A one-time code in flight. The code itself is HMAC(pepper, challenge) and is stored nowhere.
create table otp_challenge (
    challenge_id uuid primary key,
    phone        text not null,
    code_hmac    bytea not null,
    tries        smallint not null default 0,
    ip           text,
    created_at   timestamptz not null default now(),
    expires_at   timestamptz not null,
    used_at      timestamptz,
    voided_at    timestamptz
);
create index otp_challenge_phone on otp_challenge (phone, created_at desc);

-- Failed verifications by address: the lockout of functional.md section 2 survives a restart and is shared by nodes.
create table otp_failure (
    failure_id bigint generated always as identity primary key,
    ip         text not null,
    phone      text not null,
    at         timestamptz not null default now()
);
create index otp_failure_ip on otp_failure (ip, at desc);
