//! The queries of jobs.

mod photos;
mod read;
mod row;
mod write;

pub(super) use photos::{NewPhoto, insert_photo, photo_file, photo_room, same_photo};
pub(super) use read::{
    Wanted, count_assignable, find, history, home_of, list, lock, of_day, open, zone_name,
};
pub(super) use row::{Home, JobRow};
pub(super) use write::{
    NewStatus, Step, append_history, give_number, insert, replace_crew, set_status, touch, update_content,
};
