-- Jobs at the desk: the finer parts of an address, kinds of work of each organization, who edited what, search.

alter table job
    add column address_extra text check (length(address_extra) <= 100),
    add column neighborhood  text check (length(neighborhood) <= 100),
    add column city          text check (length(city) <= 100),
    add column province      text check (length(province) <= 100),
    add column postal_code   text check (length(postal_code) <= 20);

-- Lists in other orders than the newest first.
create index job_updated on job (org_id, updated_at desc, job_id desc);
create index job_by_schedule on job (org_id, (coalesce(scheduled_start, timestamptz '9999-12-31 00:00:00+00')), job_id);

-- Text as search compares it: small letters, no accents. Whoever comes first makes it.
do $$
begin
    if to_regprocedure('fold(text)') is null then
        execute $f$
            create function fold(value text) returns text
                language sql immutable parallel safe
                return translate(lower(value), 'áàâäãéèêëíìîïóòôöõúùûüñç', 'aaaaaeeeeiiiiooooouuuunc')
        $f$;
    end if;
end
$$;

-- Who changed a job without moving it through its states. Written once. Of texts it says that they changed, not what
-- they said: what is personal stands in the job alone.
create table job_edit (
    org_id          uuid not null,
    job_id          uuid not null,
    ordinal         integer not null,
    kind            text not null check (kind in ('edit', 'assign')),
    status          text not null,
    changed_by      uuid,
    changed_by_kind text not null check (changed_by_kind in ('staff', 'technician', 'customer', 'system')),
    -- {"scheduled_start": {"old": .., "new": ..}, "title": {}}
    changes         jsonb not null,
    at              timestamptz not null default now(),
    primary key (org_id, job_id, ordinal),
    foreign key (org_id, job_id) references job (org_id, job_id)
);

-- Kinds of work. The six that everyone has stand in the code; a row of the same code says how this organization has it.
create table service_type (
    org_id     uuid not null references organization (org_id),
    code       text not null check (code ~ '^[a-z][a-z0-9_]{1,39}$'),
    name       text not null check (length(name) between 1 and 100),
    colour     text not null check (colour ~ '^#[0-9a-f]{6}$'),
    icon       text not null check (length(icon) between 1 and 40),
    sort       integer not null,
    is_active  boolean not null default true,
    version    integer not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (org_id, code)
);

do $$
declare
    t text;
begin
    foreach t in array array['job_edit', 'service_type'] loop
        execute format('alter table %I enable row level security', t);
        execute format('alter table %I force row level security', t);
        execute format(
            'create policy tenant on %I for all to campo_app
             using (org_id = (select current_org())) with check (org_id = (select current_org()))', t);
    end loop;
end
$$;
grant select, insert on job_edit to campo_app;
grant select, insert, update on service_type to campo_app;
