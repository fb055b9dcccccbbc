-- Who knows what: the trades of a person (the kinds of work of jobs) and how well they know them.
alter table member
    add column specialties text[] not null default '{}' check (cardinality(specialties) <= 20),
    add column skill_level text check (skill_level in ('junior', 'regular', 'senior'));
