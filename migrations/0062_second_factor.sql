-- A second factor of a person (TOTP, RFC 6238), the same in every organization they belong to.
create table second_factor (
    user_id      uuid primary key references app_user (user_id),
    -- Sealed under the installation's secret.
    secret       bytea not null,
    created_at   timestamptz not null default now(),
    -- Null: begun and not yet shown to work; it asks nobody for anything.
    confirmed_at timestamptz,
    -- The time step of the last code that was taken: none is taken twice.
    last_step    bigint not null default 0,
    -- HMACs of recovery codes that are still good.
    recovery     bytea[] not null default '{}',
    -- Failures since the last success, and the time of the newest.
    failures     integer not null default 0,
    failed_at    timestamptz
);
alter table second_factor enable row level security;
alter table second_factor force row level security;
create policy identity on second_factor for all to campo_app
    using ((select in_identity_scope())) with check ((select in_identity_scope()));
grant select, insert, update, delete on second_factor to campo_app;
