-- Shifts: pauses within them, what was forgotten, and who ended them.

alter table shift
    add column ended_by_kind text check (ended_by_kind in ('technician', 'staff', 'system')),
    -- Why a rule ended it: too_long, idle.
    add column end_reason    text check (end_reason in ('too_long', 'idle')),
    -- When the person was last asked whether it still lasts, and when they last said so.
    add column asked_at      timestamptz,
    add column confirmed_at  timestamptz;

-- Within a shift the person is not at work: positions of this time are not stored.
create table shift_pause (
    org_id     uuid not null,
    pause_id   uuid not null,
    shift_id   uuid not null,
    user_id    uuid not null,
    started_at timestamptz not null,
    ended_at   timestamptz,
    started_by uuid,
    ended_by   uuid,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (org_id, pause_id),
    foreign key (org_id, shift_id) references shift (org_id, shift_id),
    foreign key (org_id, user_id) references member (org_id, user_id),
    check (ended_at is null or ended_at >= started_at)
);
create unique index shift_pause_open on shift_pause (org_id, user_id) where ended_at is null;
create index shift_pause_of on shift_pause (org_id, shift_id, started_at);

alter table shift_pause enable row level security;
alter table shift_pause force row level security;
create policy tenant on shift_pause for all to campo_app
    using (org_id = (select current_org())) with check (org_id = (select current_org()));
grant select, insert, update, delete on shift_pause to campo_app;

-- Shifts that are open already are watched too; the rule finds the moment. FORCE binds the owner: lifted for it.
alter table shift no force row level security;
alter table task no force row level security;
insert into task (task_id, org_id, kind, payload, run_at, state)
select gen_random_uuid(), org_id, 'shift.watch', jsonb_build_object('org', org_id, 'shift', shift_id),
       now() + interval '5 minutes', 'later'
from shift where ended_at is null;
alter table shift force row level security;
alter table task force row level security;
