//! Limits that hold everywhere. A limit of one domain stands beside its code.

/// Longest list that one answer carries.
pub const PAGE_ITEMS_MAX: u32 = 100;
/// Items on a page when the caller does not say.
pub const PAGE_ITEMS_DEFAULT: u32 = 25;
/// Longest line of free text, in characters (names, addresses, titles).
pub const LINE_CHARS_MAX: usize = 250;
/// Longest free text, in characters (reasons, descriptions).
pub const TEXT_CHARS_MAX: usize = 4_000;
/// Longest name of a person, in characters, after normalisation.
pub const NAME_CHARS_MAX: usize = 100;
/// Largest JSON or form body, in bytes.
pub const BODY_BYTES_MAX: usize = 256 * 1024;
