-- Data keys: each organization's own, wrapped by a key that lies outside the database (engine/src/vault).
create table data_key (
    org_id       uuid not null references organization (org_id),
    version      integer not null check (version > 0),
    -- Nonce, wrapped key, tag; empty once it is destroyed.
    wrapped      bytea not null,
    -- Which key-encryption key wrapped it.
    kek_id       text not null,
    -- About how many values it sealed: at 2^28 another one follows.
    seals        bigint not null default 0,
    created_at   timestamptz not null default now(),
    -- When nothing was left under it.
    retired_at   timestamptz,
    -- When it was destroyed, and all that it sealed with it.
    destroyed_at timestamptz,
    primary key (org_id, version),
    check ((destroyed_at is null) = (octet_length(wrapped) > 0))
);

-- Where the company's money goes: the owner's to see.
create table organization_bank (
    org_id           uuid primary key references organization (org_id),
    cbu_sealed       bytea,
    cbu_alias_sealed bytea,
    version          integer not null default 1,
    updated_by       uuid not null,
    updated_at       timestamptz not null default now(),
    foreign key (org_id, updated_by) references member (org_id, user_id)
);

-- What somebody earns and where it goes: the owner's to see.
create table member_payroll (
    org_id              uuid not null,
    user_id             uuid not null,
    remuneracion_sealed bytea,
    cbu_empleado_sealed bytea,
    version             integer not null default 1,
    updated_by          uuid not null,
    updated_at          timestamptz not null default now(),
    primary key (org_id, user_id),
    foreign key (org_id, user_id) references member (org_id, user_id),
    foreign key (org_id, updated_by) references member (org_id, user_id)
);

do $$
declare
    t text;
begin
    foreach t in array array['data_key', 'organization_bank', 'member_payroll'] loop
        execute format('alter table %I enable row level security', t);
        execute format('alter table %I force row level security', t);
        execute format(
            'create policy tenant on %I for all to campo_app
             using (org_id = (select current_org())) with check (org_id = (select current_org()))', t);
        execute format('grant select, insert, update on %I to campo_app', t);
    end loop;
end
$$;
grant delete on organization_bank, member_payroll to campo_app;

-- A destroyed key stays destroyed, and no key changes its place.
create function data_key_guard() returns trigger
    language plpgsql as $$
begin
    if old.destroyed_at is not null then
        raise exception 'a destroyed data key stays destroyed' using errcode = 'integrity_constraint_violation';
    end if;
    if new.org_id <> old.org_id or new.version <> old.version then
        raise exception 'a data key keeps its organization and version' using errcode = 'integrity_constraint_violation';
    end if;
    return new;
end
$$;
revoke all on function data_key_guard() from public;
create trigger guard before update on data_key for each row execute function data_key_guard();

-- Columns that hold sealed values and are not called so (the catalog test walks both).
comment on column whatsapp_account.token is 'sealed';
comment on column webhook_endpoint.secret is 'sealed';
comment on column webhook_endpoint.previous_secret is 'sealed';
