//! What an organisation, its file and its representatives are. Pure.

use std::{fmt, str::FromStr};

use base::Entropy;
use contracts::{AccountId, AgencyId, OrganisationId, PersonId};
use jiff::{SignedDuration, Timestamp, civil::Date};

use crate::model::{State, words};

/// Whoever answers for an organisation has full capacity (Civil Code Art. 20, 137).
pub const AGE_LEGAL_MIN: i16 = 18;
/// From this age somebody may be authorised (Civil Code Art. 138).
pub const AGE_AUTHORISED_MIN: i16 = 15;
/// Representatives of one organisation at a time.
pub const REPRESENTATIVES_MAX: usize = 200;
/// Organisations that one person represents at a time.
pub const REPRESENTED_MAX: i64 = 100;
/// The longest authorisation, so that none is forgotten: five years.
pub const TERM_MAX: SignedDuration = SignedDuration::from_hours(5 * 366 * 24);

base::id!(
    /// That somebody may act for an organisation.
    RepresentationId
);
base::id!(
    /// The file with which an organisation's account is opened.
    FileId
);
base::id!(
    /// A proposed change of the legal representative.
    ChangeId
);
base::id!(
    /// A line of an organisation's history.
    ActId
);

words! {
    Kind {
        /// A body of the state.
        Agency = "agency",
        /// A public service unit (đơn vị sự nghiệp công lập).
        PublicUnit = "public_unit",
        Enterprise = "enterprise",
        Cooperative = "cooperative",
        /// A political, social or professional association, a fund, a religious organisation.
        Association = "association",
        /// A foreign organisation in Viet Nam.
        Foreign = "foreign",
        Other = "other",
    }
}
impl Kind {
    /// Registered businesses are known by their tax code, which is also their business code.
    pub fn needs_tax_code(self) -> bool {
        matches!(self, Self::Enterprise | Self::Cooperative)
    }
}

words! {
    /// As what somebody acts.
    Role {
        /// The legal representative (người đại diện theo pháp luật), or the head of an agency.
        Legal = "legal",
        /// Authorised by the legal representative.
        Authorised = "authorised",
    }
}
words! {
    /// What an authorised representative may do.
    Scope {
        /// Act for the organisation at the services of others.
        Services = "services",
        /// See its representatives and what was done for it.
        History = "history",
    }
}
words! {
    /// Why a representation ended.
    Ended {
        /// By the legal representative.
        Revoked = "revoked",
        /// By the representative.
        Resigned = "resigned",
        /// Its last day has passed.
        Expired = "expired",
        /// Another legal representative took the place.
        Replaced = "replaced",
        Deceased = "deceased",
        /// The person's account was closed.
        AccountClosed = "account_closed",
        /// The organisation's account was closed.
        OrganisationClosed = "organisation_closed",
    }
}
words! {
    /// A line of the history.
    Act {
        Collected = "collected",
        OutsideCheck = "outside_check",
        Approved = "approved",
        Refused = "refused",
        Expired = "expired",
        Activated = "activated",
        Authorised = "authorised",
        Ended = "ended",
        /// Somebody represents it again: a death that had ended it was annulled.
        Returned = "returned",
        ChangeProposed = "change_proposed",
        ChangeRefused = "change_refused",
        Changed = "changed",
        Locked = "locked",
        Unlocked = "unlocked",
        Closed = "closed",
        /// Somebody acted for the organisation at a service.
        Acted = "acted",
    }
}

/// The e-ID code of an organisation: `TC`, ten digits by chance, and a check digit (ISO 7064, mod 11,10), so that a slip of
/// the hand never names another organisation. The law leaves the form to the system; two letters keep it apart from tax
/// codes and from the numbers of people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code(String);

impl Code {
    pub fn new(entropy: &dyn Entropy) -> Self {
        let n = u64::from_be_bytes(base::entropy::bytes(entropy)) % 10_000_000_000;
        let digits = format!("{n:010}");
        let check = check_digit(&digits).unwrap_or_default();
        Self(format!("TC{digits}{check}"))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Mod 11,10 of ISO 7064; none for anything but digits.
pub(crate) fn check_digit(digits: &str) -> Option<u32> {
    let rest = digits.chars().try_fold(10, |carry, c| {
        let sum = (carry + c.to_digit(10)?) % 10;
        Some((if sum == 0 { 10 } else { sum }) * 2 % 11)
    })?;
    Some((11 - rest) % 10)
}

impl FromStr for Code {
    type Err = ();

    fn from_str(typed: &str) -> Result<Self, ()> {
        let code: String =
            typed.chars().filter(|c| !c.is_whitespace() && *c != '-').collect::<String>().to_uppercase();
        let digits = code.strip_prefix("TC").filter(|d| d.len() == 11 && d.is_ascii()).ok_or(())?;
        let (body, check) = digits.split_at_checked(10).ok_or(())?;
        let right = check_digit(body).is_some_and(|right| check == right.to_string());
        if right { Ok(Self(code)) } else { Err(()) }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A tax code: ten digits with a check digit, and for a dependent unit a dash and three more.
pub fn tax_code(typed: &str) -> Option<String> {
    const WEIGHTS: [u32; 9] = [31, 29, 23, 19, 17, 13, 7, 5, 3];
    let digits: String = typed.chars().filter(|c| !c.is_whitespace() && *c != '-' && *c != '.').collect();
    if !digits.bytes().all(|b| b.is_ascii_digit()) || !matches!(digits.len(), 10 | 13) {
        return None;
    }
    let (own, unit) = digits.split_at_checked(10)?;
    let mut values = own.chars().filter_map(|c| c.to_digit(10));
    let sum: u32 = values.clone().zip(WEIGHTS).map(|(digit, weight)| digit * weight).sum();
    let check = values.next_back()?;
    if 10u32.checked_sub(sum % 11) != Some(check) {
        return None;
    }
    Some(if unit.is_empty() { own.to_owned() } else { format!("{own}-{unit}") })
}

/// What form TK02 says of an organisation, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Details {
    pub kind: Kind,
    pub name: String,
    pub short_name: Option<String>,
    pub foreign_name: Option<String>,
    pub tax_code: Option<String>,
    pub decision: Option<String>,
    pub founded_on: Date,
    pub commune: String,
    pub address: String,
    pub phone: Option<String>,
    pub email: Option<String>,
}

/// An organisation as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organisation {
    pub id: OrganisationId,
    pub code: String,
    pub state: State,
    pub details: Details,
    pub version: i32,
}

/// The file of an organisation that is being opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    pub id: FileId,
    pub organisation: OrganisationId,
    pub agency: AgencyId,
    /// None: sent online by the legal representative.
    pub collected_by: Option<AccountId>,
    pub collected_at: Timestamp,
    pub due_on: Date,
    pub outside_at: Option<Timestamp>,
    pub approved_at: Option<Timestamp>,
    pub activate_by: Option<Timestamp>,
}

/// That somebody may act for an organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Representation {
    pub id: RepresentationId,
    pub organisation: OrganisationId,
    pub account: AccountId,
    pub person: PersonId,
    pub role: Role,
    pub title: String,
    /// Everything, for the legal representative.
    pub scope: Vec<Scope>,
    pub begins_at: Timestamp,
    /// First moment at which it does not hold any more.
    pub ends_at: Option<Timestamp>,
}

impl Representation {
    /// Whether it covers this now.
    pub fn allows(&self, scope: Scope, now: Timestamp) -> bool {
        self.ends_at.is_none_or(|end| now < end) && (self.role == Role::Legal || self.scope.contains(&scope))
    }
}

#[cfg(test)]
mod tests {
    use base::SeededEntropy;

    use super::*;

    #[test]
    fn a_code_reads_back_however_it_is_typed_and_one_wrong_digit_shows() {
        for seed in 0..50 {
            let code = Code::new(&SeededEntropy::new(seed));
            let text = code.as_str().to_owned();
            assert_eq!(text.len(), 13);
            assert_eq!(text.parse(), Ok(code.clone()));
            assert_eq!(format!(" tc-{} ", &text[2..]).parse(), Ok(code));
            for at in 2..13 {
                let mut wrong: Vec<char> = text.chars().collect();
                wrong[at] = char::from_digit((wrong[at].to_digit(10).unwrap() + 1) % 10, 10).unwrap();
                assert_eq!(wrong.into_iter().collect::<String>().parse::<Code>(), Err(()), "{text} at {at}");
            }
        }
        for bad in ["", "TC", "0100109106", "TC0100109106", "XX01234567890", "TCảảảảảảảảảảả"]
        {
            assert_eq!(bad.parse::<Code>(), Err(()), "{bad}");
        }
    }

    #[test]
    fn a_tax_code_has_its_check_digit() {
        // Public codes of two well-known companies.
        assert_eq!(tax_code("0100109106").as_deref(), Some("0100109106"));
        assert_eq!(tax_code("0300 588 569").as_deref(), Some("0300588569"));
        assert_eq!(tax_code("0100109106-001").as_deref(), Some("0100109106-001"));
        for bad in ["0100109107", "010010910", "01001091060", "012345678901", "", "ABCDEFGHIJ"] {
            assert_eq!(tax_code(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_scope_holds_until_its_end_and_the_legal_representative_needs_none() {
        let now: Timestamp = "2026-11-20T02:00:00Z".parse().unwrap();
        let one = Representation {
            id: RepresentationId(uuid::Uuid::nil()),
            organisation: OrganisationId(uuid::Uuid::nil()),
            account: AccountId(uuid::Uuid::nil()),
            person: PersonId(uuid::Uuid::nil()),
            role: Role::Authorised,
            title: "Kế toán trưởng".into(),
            scope: vec![Scope::Services],
            begins_at: now,
            ends_at: Some(now + SignedDuration::from_hours(1)),
        };
        assert!(one.allows(Scope::Services, now));
        assert!(!one.allows(Scope::History, now));
        assert!(!one.allows(Scope::Services, now + SignedDuration::from_hours(1)));
        let legal = Representation { role: Role::Legal, scope: Vec::new(), ends_at: None, ..one };
        assert!(legal.allows(Scope::History, now + TERM_MAX));
    }

    #[test]
    fn words_read_back() {
        assert!(Kind::ALL.iter().all(|k| Kind::parse(k.as_str()) == Some(*k)));
        assert!(Scope::ALL.iter().all(|s| Scope::parse(s.as_str()) == Some(*s)));
        assert!(Act::ALL.iter().all(|a| Act::parse(a.as_str()) == Some(*a)));
        assert_eq!(Ended::parse("gone"), None);
    }
}
