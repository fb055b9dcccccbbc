-- What a job is shown by: photos, documents, and the customer's signature. Appended, never changed.
create table job_photo (
    org_id      uuid not null,
    photo_id    uuid not null,
    job_id      uuid not null,
    file_id     uuid not null,
    type        text not null check (type in ('before', 'during', 'after', 'document', 'signature')),
    -- The phone's own name for it.
    local_id    text check (length(local_id) between 1 and 100),
    -- Who signed.
    signed_by   text check (length(signed_by) between 1 and 200),
    taken_at    timestamptz not null,
    lat         double precision check (lat between -90 and 90),
    lon         double precision check (lon between -180 and 180),
    added_by    uuid not null,
    created_at  timestamptz not null default now(),
    primary key (org_id, photo_id),
    -- The same picture once; the same thing of one phone once.
    unique (org_id, job_id, file_id),
    unique (org_id, job_id, local_id),
    foreign key (org_id, job_id) references job (org_id, job_id),
    foreign key (org_id, file_id) references file (org_id, file_id),
    foreign key (org_id, added_by) references member (org_id, user_id),
    check ((lat is null) = (lon is null)),
    check (signed_by is null or type = 'signature')
);
-- A job is signed once.
create unique index job_photo_signature on job_photo (org_id, job_id) where type = 'signature';
create index job_photo_file on job_photo (org_id, file_id);

alter table job_photo enable row level security;
alter table job_photo force row level security;
create policy tenant on job_photo for all to campo_app
    using (org_id = (select current_org())) with check (org_id = (select current_org()));
grant select, insert on job_photo to campo_app;

-- Nobody changes what was signed or shown, whatever their rights.
create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% is written once', tg_table_name using errcode = 'integrity_constraint_violation';
end
$$;
revoke all on function refuse_change() from public;
create trigger written_once before update or delete or truncate on job_photo
    for each statement execute function refuse_change();

-- What an organization wants to see before a job may be completed: any of notes, photo, signature.
alter table organization add column completion_requires text[] not null default '{}'
    check (completion_requires <@ array['notes', 'photo', 'signature']);
