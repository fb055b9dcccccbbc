//! The queries of jobs.

mod list;
mod photos;
mod read;
mod row;
mod stats;
mod types;
mod write;

pub(super) use list::{Wanted, list, overlapping, undated};
pub(super) use photos::{NewPhoto, insert_photo, photo_file, photo_room, same_photo};
pub(super) use read::{count_assignable, find, history, home_of, lock, of_day, open, zone_name};
pub(super) use row::{Home, JobRow};
pub(super) use stats::{Counted, counts, punctual};
pub(super) use types::{TypeRow, put_type, type_rows};
pub(super) use write::{
    Edit, NewStatus, Step, append_edit, append_history, give_number, insert, replace_crew, set_status, touch,
    update_content,
};
