//! Everything that can be done with the record, one operation a file.
//!
//! Acts of a life (birth, marriage, moves …) read the people they concern into a `model::Lives`, let the model decide and
//! change it, and write what changed: see `lives`.
//!
//! Each: authorise, load, decide, write, leave event and audit entry, in the transaction that it is given. Whoever calls
//! hands data out only after that transaction has committed.

mod absence_declare;
mod adoption_end;
mod adoption_register;
mod birth_register;
mod commune_as_of;
mod companion_look;
mod contact_verify;
mod death_annul;
mod death_register;
mod divorce_register;
mod foreigner_alike;
mod foreigner_enter;
mod foreigner_find;
mod guardianship_close;
mod guardianship_open;
mod household_as_of;
mod household_name_head;
mod household_split;
mod information_share;
mod item_change;
mod item_correct;
pub(crate) mod lives;
mod marriage_annul;
mod marriage_outside;
mod marriage_register;
mod missing_declare;
mod nationality_change;
mod number_cancel;
mod number_establish;
mod numbers;
mod paper_issue;
mod person_as_of;
mod person_by_number;
mod person_facts;
mod person_find;
mod person_history;
mod person_lookup;
mod person_match;
mod person_record;
mod person_standing;
pub(crate) mod read;
mod residence_delete;
mod residence_move;
mod residence_register;
mod residence_turn;
mod return_register;
mod roster;
mod write;

pub use absence_declare::absence_declare;
pub use adoption_end::adoption_end;
pub use adoption_register::adoption_register;
pub use birth_register::{Born, NewBirth, birth_register};
pub use commune_as_of::commune_as_of;
pub use companion_look::companion_look;
pub use contact_verify::contact_verify;
pub use death_annul::death_annul;
pub use death_register::death_register;
pub use divorce_register::divorce_register;
pub use foreigner_enter::foreigner_enter;
pub use foreigner_find::{foreigner_card, foreigner_find, foreigner_number};
pub use guardianship_close::guardianship_close;
pub use guardianship_open::guardianship_open;
pub use household_as_of::household_as_of;
pub use household_name_head::household_name_head;
pub use household_split::{HouseholdSplit, household_split};
pub use information_share::information_share;
pub use item_change::{ItemChange, item_change};
pub use item_correct::{ItemCorrection, item_correct};
pub use lives::Basis;
pub use marriage_annul::marriage_annul;
pub use marriage_outside::{OutsideSpouse, marriage_outside};
pub use marriage_register::marriage_register;
pub use missing_declare::missing_declare;
pub use nationality_change::{NationalityChange, nationality_change};
pub use number_cancel::number_cancel;
pub use number_establish::number_establish;
pub use numbers::claim as number_claim;
pub use paper_issue::{NewPaper, paper_issue};
pub use person_as_of::person_as_of;
pub use person_by_number::person_by_number;
pub use person_facts::person_facts;
pub use person_find::{Found, Search, person_find};
pub use person_history::{PastItem, PersonHistory, person_history};
pub use person_lookup::person_lookup;
pub use person_match::person_match;
pub(crate) use person_record::record_as_of;
pub use person_record::{
    AbsenceEntry, KinEntry, MemberEntry, Origin, PaperEntry, Record, RecordItem, ResidenceEntry, SharedEntry,
    person_record,
};
pub use person_standing::{person_hold, person_standing};
pub use residence_delete::residence_delete;
pub use residence_move::{Move, residence_move};
pub use residence_register::residence_register;
pub use residence_turn::residence_turn;
pub use return_register::return_register;
pub use roster::Resident;
