//! One file per operation on organisations, in the transaction of its caller unless it says otherwise.

mod opening;
mod organisation_activate;
mod organisation_ask;
mod organisation_collect;
mod organisation_decide;
mod organisation_find;
mod organisation_list;
mod organisation_lock;
mod representative_authorise;
mod representative_change;
mod representative_end;

pub use opening::Opened;
pub use organisation_activate::organisation_activate;
pub use organisation_ask::organisation_ask;
pub use organisation_collect::organisation_collect;
pub use organisation_decide::{
    Waiting, organisation_approve, organisation_check_outside, organisation_refuse, organisation_waiting,
};
pub use organisation_find::{Found, organisation_find};
pub use organisation_list::{ACTS_SHOWN, Acted, Mine, Shown, organisation_list, organisation_read};
pub(super) use organisation_lock::close as close_file;
pub use organisation_lock::{REASONS, organisation_close, organisation_lock, organisation_unlock};
pub use representative_authorise::{Authorising, representative_authorise};
pub use representative_change::{
    Change, Proposing, representative_change_confirm, representative_change_propose,
    representative_change_refuse, representative_changes,
};
pub use representative_end::representative_end;
