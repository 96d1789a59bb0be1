//! Reads Vietnamese addresses: any free text into administrative units, old or new.
//!
//! The caller hands in a list of units of all times ([`Unit`]) once and asks the [`AddressBook`] that comes of it as often as
//! it likes: no files, no clock, no network. Where the text fits several units, or a unit was split, the [`Reading`] has them
//! all and says why; nothing is guessed.
//! ```
//! use address::{AddressBook, Doubt, Unit, UnitId, UnitKind};
//!
//! let unit = |code: &str, kind, name: &str, parent, today: &[u32]| Unit {
//!     code: code.into(),
//!     kind,
//!     name: name.into(),
//!     parent,
//!     current: today.is_empty(),
//!     today: today.iter().map(|at| UnitId(*at)).collect(),
//! };
//! let book = AddressBook::new(vec![
//!     unit("01", UnitKind::Municipality, "Hà Nội", None, &[]),
//!     unit("00008", UnitKind::Ward, "Ngọc Hà", Some(UnitId(0)), &[]),
//!     unit("00025", UnitKind::Ward, "Giảng Võ", Some(UnitId(0)), &[]),
//!     unit("01", UnitKind::Municipality, "Hà Nội", None, &[0]),
//!     unit("001", UnitKind::UrbanDistrict, "Ba Đình", Some(UnitId(3)), &[1, 2]),
//!     unit("00007", UnitKind::Ward, "Cống Vị", Some(UnitId(4)), &[1, 2]),
//! ])?;
//!
//! let reading = book.read("12 ngõ 5 Đội Cấn, P.Cong Vi, Q. Ba Dinh, HN");
//! assert_eq!(reading.unit(), Some(UnitId(5)));
//! assert_eq!(reading.doubt, Some(Doubt::Split)); // it went into two wards: nothing is guessed
//! assert_eq!(reading.today, [UnitId(1), UnitId(2)]);
//! assert_eq!(reading.street(), "12 ngõ 5 Đội Cấn");
//! # Ok::<(), address::BookError>(())
//! ```
//!
//! - `letters`, `scan`, `telex`: from a text to words and their marks
//! - `kinds`, `names`: the words of units: `P.`, `TX`, `Ward`; what people call a province
//! - `book`: which unit bears which name; `mentions`: where in a text names stand
//! - `weigh`: which units together explain the text best; `reading`: what the caller is told
//! - `spelling`: a name with one slip, looked for only where nothing else fits

mod book;
mod kinds;
mod letters;
mod mentions;
mod names;
mod reading;
mod scan;
mod spelling;
mod telex;
mod unit;
mod weigh;

pub use book::AddressBook;
pub use reading::{Answer, Doubt, Reading};
pub use unit::{BookError, Level, Unit, UnitId, UnitKind};
