-- Who did what: one chain an organization. Rows are written once; nobody changes or takes away one, not the owner either.

-- The end of each chain. Its row is locked by every commit that writes to the chain, which makes numbers gapless.
create table audit_head (
    org_id    uuid primary key references organization (org_id),
    seq       bigint not null check (seq >= 0),
    hash      bytea not null,
    -- HMAC over organization, number and hash: an older end that somebody puts back is not ours.
    mac       bytea not null,
    -- The first number after an end that was not ours; it never goes away again.
    broken_at bigint
);

create table audit_log (
    org_id    uuid not null references organization (org_id),
    -- Gapless from 1.
    seq       bigint not null check (seq > 0),
    entry_id  uuid not null,
    at        timestamptz not null,
    -- Of the fixed catalogue, as `customer.merged`.
    action    text not null,
    by_kind   text not null,
    by_user   uuid,
    entity    text not null,
    entity_id uuid,
    -- Whose data it was, where somebody looked at a person's.
    about     uuid,
    -- Old and new values and circumstances: canonical JSON, sealed.
    payload   bytea not null,
    -- Which key made the hash.
    key_n     smallint not null,
    previous  bytea not null,
    hash      bytea not null,
    primary key (org_id, seq)
);
create index audit_log_action on audit_log (org_id, action, seq desc);
create index audit_log_entity on audit_log (org_id, entity, entity_id, seq desc);
create index audit_log_by on audit_log (org_id, by_user, seq desc);
create index audit_log_about on audit_log (org_id, about, seq desc) where about is not null;

create function audit_is_append_only() returns trigger
    language plpgsql as $$
begin
    raise exception 'the audit log is append only: % on % is refused', tg_op, tg_table_name
        using errcode = 'insufficient_privilege';
end
$$;
create function audit_head_goes_forward() returns trigger
    language plpgsql as $$
begin
    if new.org_id <> old.org_id or new.seq < old.seq or (old.broken_at is not null and new.broken_at is distinct from old.broken_at) then
        raise exception 'the end of an audit chain goes forward only' using errcode = 'insufficient_privilege';
    end if;
    return new;
end
$$;
revoke all on function audit_is_append_only(), audit_head_goes_forward() from public;

-- For each statement, so that one that meets no row is refused too; always, so that no replication role passes.
create trigger audit_log_append_only before update or delete or truncate on audit_log
    for each statement execute function audit_is_append_only();
alter table audit_log enable always trigger audit_log_append_only;
create trigger audit_head_append_only before delete or truncate on audit_head
    for each statement execute function audit_is_append_only();
alter table audit_head enable always trigger audit_head_append_only;
create trigger audit_head_forward before update on audit_head
    for each row execute function audit_head_goes_forward();
alter table audit_head enable always trigger audit_head_forward;

-- Who looked at whose positions in which hour: one entry in the chain for each.
create table audit_look (
    org_id uuid not null references organization (org_id),
    -- A person of the organization, or the tracking session whose link was opened.
    viewer uuid not null,
    about  uuid not null,
    hour   timestamptz not null,
    primary key (org_id, viewer, about, hour)
);

do $$
declare
    t text;
begin
    foreach t in array array['audit_head', 'audit_log', 'audit_look'] loop
        execute format('alter table %I enable row level security', t);
        execute format('alter table %I force row level security', t);
        execute format(
            'create policy tenant on %I for all to campo_app
             using (org_id = (select current_org())) with check (org_id = (select current_org()))', t);
    end loop;
end
$$;
grant select, insert on audit_log to campo_app;
grant select, insert, update on audit_head to campo_app;
grant select, insert, delete on audit_look to campo_app;
-- Anchors name the ends of all chains.
create policy anchor on audit_head for select to campo_worker using (true);
grant select on audit_head to campo_worker;
