-- Files: photos, signatures, media of messages, voice notes, documents. Their bytes lie in the object store
-- under `org_id/file_id`; what is known of them stands here.
create table file (
    org_id      uuid not null references organization (org_id),
    file_id     uuid not null,
    purpose     text not null check (purpose in
                    ('job_photo', 'signature', 'whatsapp_media', 'voice', 'avatar', 'logo', 'document')),
    -- Of what was sent: the same bytes for the same purpose are one file.
    sha256      bytea not null check (length(sha256) = 32),
    sent_bytes  bigint not null check (sent_bytes > 0),
    -- Of what is kept: pictures are encoded anew.
    bytes       bigint not null check (bytes > 0),
    mime        text not null,
    width       integer,
    height      integer,
    -- Null: no picture, no thumbnail.
    thumb_bytes integer,
    -- What the picture said of itself before that was taken out of it.
    taken_at    timestamptz,
    lat         double precision check (lat between -90 and 90),
    lon         double precision check (lon between -180 and 180),
    name        text not null check (length(name) between 1 and 150),
    created_by  uuid,
    created_at  timestamptz not null default now(),
    primary key (org_id, file_id),
    unique (org_id, sha256, purpose),
    foreign key (org_id, created_by) references member (org_id, user_id),
    check ((lat is null) = (lon is null))
);

-- Uploads under way. Their id becomes the file's; their bytes wait here, so that any node and any restart
-- goes on where the last acknowledged byte ended.
create table upload (
    org_id     uuid not null references organization (org_id),
    file_id    uuid not null,
    purpose    text not null,
    sha256     bytea not null check (length(sha256) = 32),
    bytes      bigint not null check (bytes > 0),
    received   bigint not null default 0,
    mime       text not null,
    name       text,
    job_id     uuid,
    created_by uuid not null,
    created_at timestamptz not null default now(),
    primary key (org_id, file_id),
    -- Two people who send the same bytes at once know nothing of each other.
    unique (org_id, sha256, purpose, created_by),
    foreign key (org_id, created_by) references member (org_id, user_id),
    foreign key (org_id, job_id) references job (org_id, job_id),
    check (received between 0 and bytes)
);

create table upload_part (
    org_id  uuid not null,
    file_id uuid not null,
    at_byte bigint not null,
    content bytea not null,
    primary key (org_id, file_id, at_byte),
    foreign key (org_id, file_id) references upload (org_id, file_id) on delete cascade
);
-- Pictures do not shrink: no attempt at it.
alter table upload_part alter column content set storage external;

do $$
declare
    t text;
begin
    foreach t in array array['file', 'upload', 'upload_part'] loop
        execute format('alter table %I enable row level security', t);
        execute format('alter table %I force row level security', t);
        execute format(
            'create policy tenant on %I for all to campo_app
             using (org_id = (select current_org())) with check (org_id = (select current_org()))', t);
    end loop;
end
$$;
grant select, insert, delete on file to campo_app;
grant select, insert, update, delete on upload to campo_app;
grant select, insert, delete on upload_part to campo_app;
