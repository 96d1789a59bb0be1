//! Limits that the law sets to the acts of a life, each with its article. The decisions read them from here only.

/// Law on Marriage and Family 52/2014/QH13 Art. 8.1.a: "nam từ đủ 20 tuổi trở lên, nữ từ đủ 18 tuổi trở lên".
pub const MARRIAGE_AGE_MEN: i16 = 20;
pub const MARRIAGE_AGE_WOMEN: i16 = 18;
/// Art. 3.18: three generations of one origin. Parents of the common origin count as the first, so brothers and sisters are
/// the second and cousins the third: a common ancestor at most two steps up from both.
pub const KIN_STEPS: u8 = 2;
/// Ancestors are read this far up, for kin in the direct line (Art. 5.2.d). Nobody marries further up.
pub const ANCESTOR_STEPS_MAX: u8 = 4;

/// Civil Code 91/2015/QH13 Art. 20: an adult is 18 or older.
pub const ADULT_AGE: i16 = 18;

/// Law on Adoption 52/2010/QH12 Art. 8.1: a child under 16 …
pub const ADOPTED_BELOW_AGE: i16 = 16;
/// … or under 18 where a step-parent, aunt or uncle adopts (Art. 8.2).
pub const ADOPTED_BY_KIN_BELOW_AGE: i16 = 18;
/// Art. 14.1.b: at least 20 years older; not asked of step-parents, aunts and uncles (Art. 14.3).
pub const ADOPTER_OLDER_YEARS: i16 = 20;

/// Law on Marriage and Family Art. 88.1: a child born within 300 days after a marriage ended is one of that marriage.
pub const BORN_AFTER_FATHER_DAYS: i64 = 300;

/// Civil Code Art. 68.1: no reliable news for two years or more.
pub const MISSING_AFTER_YEARS: i16 = 2;
