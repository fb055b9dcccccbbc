-- The in-app inbox of a person in an organization.
create table notice (
    org_id      uuid not null,
    notice_id   uuid not null,
    user_id     uuid not null,
    -- As `job_assigned`; faces word it in the reader's language from `params`, `title` and `body` are es-AR.
    kind        text not null,
    title       text not null check (length(title) between 1 and 200),
    body        text not null default '' check (length(body) <= 1000),
    params      jsonb not null default '{}',
    entity_kind text,
    entity_id   uuid,
    -- The fact: told once, however often its cause is carried out.
    dedupe_key  text not null,
    created_at  timestamptz not null default now(),
    read_at     timestamptz,
    primary key (org_id, notice_id),
    unique (org_id, user_id, dedupe_key),
    foreign key (org_id, user_id) references member (org_id, user_id)
);
create index notice_newest on notice (org_id, user_id, created_at desc, notice_id desc);
create index notice_unread on notice (org_id, user_id) where read_at is null;

alter table notice enable row level security;
alter table notice force row level security;
create policy tenant on notice for all to campo_app
    using (org_id = (select current_org())) with check (org_id = (select current_org()));
grant select, insert, update, delete on notice to campo_app;
