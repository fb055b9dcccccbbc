-- Who may see what. Every tenant table: ENABLE and FORCE, one policy on org_id with USING and WITH CHECK.
do $$
declare
    t text;
begin
    foreach t in array array[
        'organization', 'member', 'login_session', 'customer', 'job_counter', 'job', 'job_assignment',
        'job_status_history', 'shift', 'source', 'position', 'tracking_session', 'org_seq', 'event', 'task',
        'idempotency', 'command_result'
    ] loop
        execute format('alter table %I enable row level security', t);
        execute format('alter table %I force row level security', t);
        execute format(
            'create policy tenant on %I for all to campo_app
             using (org_id = (select current_org())) with check (org_id = (select current_org()))', t);
    end loop;
end
$$;

-- Identity tables: before the organization is known, in identity scope alone.
do $$
declare
    t text;
begin
    foreach t in array array['app_user', 'otp_challenge', 'otp_failure'] loop
        execute format('alter table %I enable row level security', t);
        execute format('alter table %I force row level security', t);
    end loop;
    foreach t in array array['app_user', 'otp_challenge', 'otp_failure', 'organization', 'member', 'login_session', 'task'] loop
        execute format(
            'create policy identity on %I for all to campo_app
             using ((select in_identity_scope())) with check ((select in_identity_scope()))', t);
    end loop;
end
$$;

-- A customer's link opens its own session and nothing else.
create policy link on tracking_session for select to campo_app using (token_hash = (select current_link_hash()));

-- The position writer may insert for every organization and read nothing.
create policy ingest on position for insert to campo_ingest with check (true);

-- The worker claims tasks over organizations; what a task does then happens inside its organization.
create policy work on task for all to campo_worker using (true) with check (true);

grant select, insert, update, delete on
    organization, app_user, member, login_session, otp_challenge, otp_failure, customer, job_counter, job,
    job_assignment, shift, source, tracking_session, org_seq, task, idempotency, command_result
    to campo_app;
-- History and events are written once.
grant select, insert on job_status_history, event to campo_app;
-- Positions come through the one writer; an office correction of a shift erases what it made off-shift.
grant select, delete on position to campo_app;
grant insert on position to campo_ingest;
grant select, update on task to campo_worker;
grant delete on task to campo_worker;

-- A partition read by its own name has policies of its own: none, so nobody sees anything.
alter table position_other enable row level security;
alter table position_other force row level security;

-- Makes the partition of one day, closed to everyone by its own name, and moves in what waited in position_other.
create function make_position_day(day date) returns boolean
    language plpgsql as $$
declare
    part text := 'position_' || to_char(day, 'YYYYMMDD');
    from_at timestamptz := day::timestamp at time zone 'UTC';
    to_at timestamptz := (day + 1)::timestamp at time zone 'UTC';
begin
    if to_regclass(part) is not null then
        return false;
    end if;
    execute format('create table %I (like position including all)', part);
    lock table position_other in access exclusive mode;
    -- FORCE binds the owner too; under the exclusive lock nobody sees the moment without it.
    alter table position_other no force row level security;
    execute format(
        'with moved as (delete from position_other where at >= %L and at < %L returning *) insert into %I select * from moved',
        from_at, to_at, part);
    alter table position_other force row level security;
    execute format('alter table %I enable row level security', part);
    execute format('alter table %I force row level security', part);
    execute format('alter table position attach partition %I for values from (%L) to (%L)', part, from_at, to_at);
    return true;
end
$$;
revoke all on function make_position_day(date) from public;

-- Erases rows of wrong clocks whose corrected day is before `oldest`; returns how many.
create function erase_stray_positions(oldest date) returns bigint
    language plpgsql as $$
declare
    erased bigint;
begin
    lock table position_other in access exclusive mode;
    alter table position_other no force row level security;
    delete from position_other where corrected_at < oldest::timestamp at time zone 'UTC';
    get diagnostics erased = row_count;
    alter table position_other force row level security;
    return erased;
end
$$;
revoke all on function erase_stray_positions(date) from public;
