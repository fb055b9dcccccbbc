-- A new job takes its number last: the counter's row is locked until the commit, and what a job makes follow (messages,
-- reminders) is written before it. At the commit every job has one.
alter table job alter column job_number drop not null;

create function job_has_number() returns trigger
    language plpgsql as $$
begin
    if exists (select from job where org_id = new.org_id and job_id = new.job_id and job_number is null) then
        raise exception 'job % has no number', new.job_id using errcode = 'not_null_violation';
    end if;
    return null;
end
$$;
create constraint trigger job_has_number after insert or update on job deferrable initially deferred
    for each row when (new.job_number is null) execute function job_has_number();
