-- The queue at production depth: serial lanes, priorities, fair shares, dead letters, schedules.
--
-- later    not before run_at (a reminder, a retry)
-- waiting  behind another task of its lane
-- ready    may be claimed now
-- running  held by a worker until leased_until
-- done | dead (gave up, a person decides) | discarded (a person decided)
drop index task_ready;
drop index task_unique;
alter table task drop constraint task_state_check;
alter table task
    add constraint task_state_check
        check (state in ('later', 'waiting', 'ready', 'running', 'done', 'dead', 'discarded')),
    -- Tasks of one lane of an organization run one at a time, in the order of their numbers.
    add column lane       text,
    add column number     bigint generated always as identity,
    -- Whose share of the workers it takes: the organization, or the installation itself.
    add column share      uuid not null generated always as (coalesce(org_id, '00000000-0000-0000-0000-000000000000')) stored,
    -- 1 critical, 5 high, 10 normal, 20 low, 50 bulk.
    add column priority   smallint not null default 10,
    -- Claims follow it: five minutes of waiting are worth one step of priority, a retry two.
    add column rank_at    timestamptz not null default now(),
    -- Leases that ran out: who stalls twice is dead, whatever it was that ended its workers.
    add column stalls     smallint not null default 0,
    -- Whether what failed may be over by itself (a provider away), and how often it was revived for that.
    add column transient  boolean not null default false,
    add column revived    smallint not null default 0,
    add column started_at timestamptz,
    -- The person who retried or discarded it.
    add column handled_by uuid,
    add column handled_at timestamptz;
update task set state = 'later' where state = 'ready' and run_at > now();

create index task_later on task (run_at) where state = 'later';
create index task_ready on task (share, kind, rank_at, number) where state = 'ready';
create index task_running on task (leased_until) where state = 'running';
create index task_lane on task (share, lane, number) where lane is not null and state in ('later', 'waiting', 'ready', 'running');
create index task_dead on task (share, finished_at, task_id) where state = 'dead';
create index task_finished on task (finished_at) where state in ('done', 'discarded');
create unique index task_unique on task (org_id, kind, unique_key) nulls not distinct
    where unique_key is not null and state in ('later', 'waiting', 'ready', 'running');
-- Every task is rewritten a few times and then erased.
alter table task set (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0, fillfactor = 70);

-- What fires again and again, once over all nodes. Rows are made by the worker from its list.
create table schedule (
    name     text primary key,
    next_at  timestamptz not null,
    fired_at timestamptz
);
alter table schedule enable row level security;
alter table schedule force row level security;
create policy work on schedule for all to campo_worker using (true) with check (true);
grant select, insert, update on schedule to campo_worker;
grant insert on task to campo_worker;
