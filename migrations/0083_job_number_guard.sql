-- A trigger's function is nobody's to call.
revoke all on function job_has_number() from public;
