-- The installation itself, in one row: which life of its data this is, and when it was last backed up.
create table installation (
    is_only     boolean primary key default true check (is_only),
    -- Another one after each restore: what was held in memory before is of another life.
    incarnation uuid not null default gen_random_uuid(),
    -- When it was restored, and from which moment.
    restored_at timestamptz,
    restored_of timestamptz,
    -- The last backup that was finished: the moment it holds, and its size.
    backup_of    timestamptz,
    backup_bytes bigint
);
insert into installation default values;
alter table installation enable row level security;
alter table installation force row level security;
create policy work on installation for all to campo_worker using (true) with check (true);
grant select, update on installation to campo_worker;
