-- The roles that serve. None owns a table, none may bypass row-level security.
-- Roles belong to the whole PostgreSQL cluster, so another database may have made them already.
do $$
declare
    role_name text;
begin
    foreach role_name in array array['campo_app', 'campo_ingest', 'campo_worker'] loop
        begin
            execute format('create role %I nologin noinherit nosuperuser nobypassrls', role_name);
        exception when duplicate_object or unique_violation then
            null;
        end;
        begin
            execute format('grant %I to current_user', role_name);
        exception when unique_violation then
            null;
        end;
    end loop;
end
$$;

revoke all on schema public from public;
grant usage on schema public to campo_app, campo_ingest, campo_worker;

-- The organization of the present transaction; null outside the tenant door, which hides every row.
-- Used inside a sub-select by every policy, so that it is evaluated once a statement.
create function current_org() returns uuid
    language sql stable parallel safe
    return nullif(current_setting('app.org_id', true), '')::uuid;

-- True inside Db::identity() alone: signing in happens before the organization is known.
create function in_identity_scope() returns boolean
    language sql stable parallel safe
    return coalesce(current_setting('app.scope', true), '') = 'identity';

-- The hash of the customer's link that the present transaction follows (Db::link()).
create function current_link_hash() returns bytea
    language sql stable parallel safe
    return decode(nullif(current_setting('app.link_hash', true), ''), 'hex');

revoke all on function current_org(), in_identity_scope(), current_link_hash() from public;
grant execute on function current_org(), in_identity_scope(), current_link_hash() to campo_app, campo_ingest, campo_worker;
