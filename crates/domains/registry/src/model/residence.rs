//! Where people live, as the Law on Residence sees it, and the decision about a new registration.
//!
//! One permanent and one temporary residence at a time. A new one ends the one before it; a permanent one also deletes
//! the temporary one at the same place (Art. 29.1). A temporary one lies outside the commune of the permanent one
//! (Art. 27.1). Limits of length are rules of the procedure, not of the record.

use std::collections::BTreeSet;

use base::fold;
use contracts::{CommuneCode, HouseholdId, PersonId, ports::ResidenceKind};
use jiff::{ToSpan, civil::Date};
use uuid::Uuid;

use super::{
    Lives, Pen, Refusal,
    held::Absence,
    history::Entry,
    household,
    span::{Days, Span, Superseded, supersede},
};
use crate::RegistryError;

/// A decided residence may begin this much later.
const START_AHEAD_DAYS_MAX: i64 = 31;
/// Relation of the person who heads the household (chủ hộ).
pub const HEAD: &str = "head";

/// Kind of a residence as it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Thường trú.
    Permanent,
    /// Tạm trú.
    Temporary,
    /// Nơi ở hiện tại, where it is neither.
    Current,
}

impl Kind {
    pub const ALL: [Self; 3] = [Self::Permanent, Self::Temporary, Self::Current];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Permanent => "permanent",
            Self::Temporary => "temporary",
            Self::Current => "current",
        }
    }

    pub fn parse(s: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.as_str() == s)
    }

    /// The item as the log and the event name it.
    pub fn item(self) -> &'static str {
        match self {
            Self::Permanent => "permanent_residence",
            Self::Temporary => "temporary_residence",
            Self::Current => "current_residence",
        }
    }
}

impl From<ResidenceKind> for Kind {
    fn from(kind: ResidenceKind) -> Self {
        match kind {
            ResidenceKind::Permanent => Self::Permanent,
            ResidenceKind::Temporary => Self::Temporary,
        }
    }
}

/// One residence; when it holds stands in the [`Span`] around it.
#[derive(Clone, PartialEq, Eq)]
pub struct Residence {
    pub id: Uuid,
    pub kind: Kind,
    pub commune: CommuneCode,
    pub commune_given: Option<String>,
    pub address: String,
    pub household: Option<HouseholdId>,
    pub relation: Option<String>,
    pub event: Uuid,
    pub source: String,
    pub ended_by: Option<Uuid>,
}

impl Entry for Residence {
    fn id(&self) -> Uuid {
        self.id
    }
    fn set_id(&mut self, id: Uuid) {
        self.id = id;
    }
    fn end_by(&mut self, event: Uuid) {
        self.ended_by = Some(event);
    }
}

impl Residence {
    pub fn is_at(&self, commune: &CommuneCode, address: &str) -> bool {
        self.commune == *commune && fold(&self.address) == fold(address)
    }
}

/// An address is personal data.
impl std::fmt::Debug for Residence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Residence").field("id", &self.id).field("kind", &self.kind).finish_non_exhaustive()
    }
}

/// The residence of a kind on a day, by what is known today.
pub fn on(spans: &[Span<Residence>], kind: Kind, day: Date) -> Option<&Span<Residence>> {
    spans.iter().find(|s| s.value.kind == kind && s.holds_on(day))
}

/// The residence whose household counts as the person's: the permanent, else the temporary one.
pub fn main(spans: &[Span<Residence>], day: Date) -> Option<&Span<Residence>> {
    on(spans, Kind::Permanent, day).or_else(|| on(spans, Kind::Temporary, day))
}

/// Where the person is: the declared place, else the temporary, else the permanent one.
pub fn whereabouts(spans: &[Span<Residence>], day: Date) -> Option<&Span<Residence>> {
    [Kind::Current, Kind::Temporary, Kind::Permanent].into_iter().find_map(|kind| on(spans, kind, day))
}

/// A residence to be registered.
#[derive(Clone, Copy)]
pub struct Registration<'a> {
    pub kind: ResidenceKind,
    pub commune: &'a CommuneCode,
    pub address: &'a str,
    pub from: Date,
    /// Last day.
    pub until: Option<Date>,
}

impl Registration<'_> {
    pub fn days(&self) -> Days {
        Days { from: Some(self.from), to: self.until.and_then(|last| last.tomorrow().ok()) }
    }
}

/// Decides whether a residence can be registered and which of the known ones it supersedes.
pub fn decide(
    known: &[Span<Residence>],
    new: &Registration<'_>,
    today: Date,
) -> Result<Vec<Superseded>, RegistryError> {
    let latest_start = today.checked_add(START_AHEAD_DAYS_MAX.days()).unwrap_or(today);
    if new.from > latest_start {
        return Err(RegistryError::StartsTooLate);
    }
    let end_fits = match new.kind {
        ResidenceKind::Permanent => new.until.is_none(),
        ResidenceKind::Temporary => new.until.is_some_and(|until| until > new.from),
    };
    if !end_fits {
        return Err(RegistryError::EndDoesNotFit);
    }
    let kind = Kind::from(new.kind);
    let believed =
        || known.iter().filter(|s| s.known_to.is_none() && s.value.kind == kind && !s.days.is_empty());
    if believed().any(|s| s.days.from.is_some_and(|from| from > new.from)) {
        return Err(RegistryError::LaterResidenceExists);
    }
    if let Some(now) = believed().find(|s| s.days.contains(new.from))
        && now.value.is_at(new.commune, new.address)
        && now.days.to == new.days().to
    {
        return Err(RegistryError::AlreadyResident);
    }
    let permanent = on(known, Kind::Permanent, new.from);
    if kind == Kind::Temporary && permanent.is_some_and(|s| s.value.commune == *new.commune) {
        return Err(RegistryError::TemporaryInOwnCommune);
    }
    let ends = |r: &Residence| {
        r.kind == kind
            || (kind == Kind::Permanent && r.kind == Kind::Temporary && r.is_at(new.commune, new.address))
    };
    let mut superseded = supersede(known, Days::since(Some(new.from)));
    superseded.retain(|s| known.get(s.at).is_some_and(|span| ends(&span.value)));
    Ok(superseded)
}

/// The household that a named householder heads at a place on a day. Who heads several in a commune is asked which.
pub fn household_of(
    householder: &[Span<Residence>],
    commune: &CommuneCode,
    address: &str,
    day: Date,
) -> Result<HouseholdId, RegistryError> {
    let heads = householder.iter().filter(|s| s.holds_on(day) && s.value.relation.as_deref() == Some(HEAD));
    let heads: Vec<(&Residence, HouseholdId)> =
        heads.filter_map(|s| Some((&s.value, s.value.household?))).collect();
    if heads.is_empty() {
        return Err(RegistryError::NotHouseholder);
    }
    let here: Vec<_> = heads.into_iter().filter(|(r, _)| r.commune == *commune).collect();
    let at_address = here.iter().find(|(r, _)| r.is_at(commune, address));
    let households: BTreeSet<HouseholdId> = here.iter().map(|(_, household)| *household).collect();
    match (at_address, households.first(), households.len()) {
        (Some((_, household)), ..) => Ok(*household),
        (None, Some(only), 1) => Ok(*only),
        (None, None, _) => Err(RegistryError::HouseholderElsewhere),
        _ => Err(Refusal::HouseholdAmbiguous.into()),
    }
}

/// The household that a person joins or founds, and as what.
pub struct Home {
    pub household: HouseholdId,
    pub relation: String,
}

/// Registers a residence: ends those it takes the place of, and hands over a household that loses its head.
pub fn register(
    lives: &mut Lives,
    pen: &Pen<'_>,
    person: PersonId,
    new: &Registration<'_>,
    home: Home,
) -> Result<(), RegistryError> {
    let life = lives.get(person)?;
    if !life.person.items.is_living() {
        return Err(RegistryError::NotLiving);
    }
    life.must_act(new.from.min(pen.today()), pen)?;
    let known = life.residences.spans();
    let ends: Vec<Uuid> = decide(known, new, pen.today())?
        .iter()
        .filter_map(|s| known.get(s.at).map(|span| span.value.id))
        .collect();
    let before = household::headed(life, new.from);
    let residence = Residence {
        id: pen.id(),
        kind: new.kind.into(),
        commune: new.commune.clone(),
        commune_given: None,
        address: new.address.to_owned(),
        household: Some(home.household),
        relation: Some(home.relation),
        event: pen.event,
        source: pen.source.as_str().to_owned(),
        ended_by: None,
    };
    let life = lives.edit(person)?;
    life.residences.cut(pen, Days::since(Some(new.from)), |s| ends.contains(&s.value.id));
    life.residences.add(pen, residence, new.days());
    Ok(household::hand_over(lives, pen, person, &before, new.from)?)
}

/// A newborn lives with a parent from birth (NĐ 58/2026 Art. 4.4: no condition is checked under 6).
pub fn begin_at(lives: &mut Lives, pen: &Pen<'_>, child: PersonId, parent: PersonId) -> Result<(), Refusal> {
    let born = lives.get(child)?.person.items.birth_date().map(base::PartialDate::earliest);
    let day = pen.today();
    let home = main(lives.get(parent)?.residences.spans(), day).ok_or(Refusal::NoResidence)?;
    // From birth, or from when the parent came there.
    let (days, home) = (home.days, home.value.clone());
    let from = born.into_iter().chain(days.from).max();
    let relation = match home.relation.as_deref() {
        Some(HEAD | "spouse") => "child",
        Some("child" | "child_in_law") => "grandchild",
        _ => "other",
    };
    let residence = Residence {
        id: pen.id(),
        relation: home.household.map(|_| relation.to_owned()),
        event: pen.event,
        source: pen.source.as_str().to_owned(),
        ended_by: None,
        ..home
    };
    lives.edit(child)?.residences.add(pen, residence, Days { from, to: days.to });
    Ok(())
}

/// A registration is deleted (Law on Residence Art. 24, 29) from a day on.
pub fn delete(
    lives: &mut Lives,
    pen: &Pen<'_>,
    person: PersonId,
    kind: Kind,
    day: Date,
) -> Result<(), Refusal> {
    let life = lives.get(person)?;
    life.must_live(day, pen)?;
    let now = on(life.residences.spans(), kind, day).ok_or(Refusal::NoResidence)?;
    if now.days.from.is_some_and(|from| from >= day) {
        return Err(Refusal::BeforeStart);
    }
    household::leave(lives, pen, person, day, |r| r.kind == kind)
}

/// An absence to be declared: who leaves the commune of their residence for a while (Law on Residence Art. 31).
pub struct Leaving {
    pub from: Date,
    /// Last day, where it is known.
    pub until: Option<Date>,
    pub destination: Option<String>,
}

pub fn declare_absence(
    lives: &mut Lives,
    pen: &Pen<'_>,
    person: PersonId,
    leaving: &Leaving,
) -> Result<(), Refusal> {
    let life = lives.edit(person)?;
    life.must_act(leaving.from.min(pen.today()), pen)?;
    let latest = pen.today().saturating_add(START_AHEAD_DAYS_MAX.days());
    if leaving.from > latest {
        return Err(Refusal::InFuture);
    }
    if leaving.until.is_some_and(|last| last < leaving.from) {
        return Err(Refusal::AbsenceDays);
    }
    let home = main(life.residences.spans(), leaving.from).ok_or(Refusal::NoResidence)?;
    let days = Days { from: Some(leaving.from), to: leaving.until.and_then(|last| last.tomorrow().ok()) };
    if life.absences.iter().any(|s| s.days.overlaps(days)) {
        return Err(Refusal::AbsenceRecorded);
    }
    let absence = Absence {
        id: pen.id(),
        commune: home.value.commune.clone(),
        destination: leaving.destination.clone(),
        event: pen.event,
        source: pen.source.as_str().to_owned(),
        ended_by: None,
    };
    life.absences.add(pen, absence, days);
    Ok(())
}

/// The households that residences name, each once.
pub fn households(spans: &[Span<Residence>]) -> Vec<HouseholdId> {
    let all: BTreeSet<HouseholdId> = spans.iter().filter_map(|s| s.value.household).collect();
    all.into_iter().collect()
}

/// Days still to come on which what holds today turns into something else.
pub fn turns(spans: &[Span<Residence>], today: Date) -> BTreeSet<Date> {
    spans.iter().flat_map(|s| [s.days.from, s.days.to]).flatten().filter(|day| *day > today).collect()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    const TODAY: Date = date(2026, 11, 20);

    fn span(kind: Kind, commune: &str, from: Date, to: Option<Date>) -> Span<Residence> {
        Span {
            value: Residence {
                id: Uuid::nil(),
                kind,
                commune: CommuneCode::new(commune),
                commune_given: None,
                address: "Số 1, phố Huế".to_owned(),
                household: Some(HouseholdId(Uuid::nil())),
                relation: Some(HEAD.to_owned()),
                event: Uuid::nil(),
                source: "population".to_owned(),
                ended_by: None,
            },
            days: Days { from: Some(from), to },
            known_from: "2026-01-01T00:00:00Z".parse().unwrap(),
            known_to: None,
        }
    }

    fn outcome(
        known: &[Span<Residence>],
        kind: ResidenceKind,
        at: &str,
        from: Date,
        until: Option<Date>,
    ) -> String {
        let commune = CommuneCode::new(at);
        let new = Registration { kind, commune: &commune, address: "số 1 phố huế", from, until };
        match decide(known, &new, TODAY) {
            Ok(s) => format!("{:?}", s.iter().map(|s| (s.at, s.remains.len())).collect::<Vec<_>>()),
            Err(e) => base::Fault::code(&e).to_owned(),
        }
    }

    #[test]
    fn a_new_permanent_residence_ends_the_old_one_and_the_temporary_one_at_the_same_place() {
        let known = [
            span(Kind::Permanent, "00004", date(2000, 1, 1), None),
            span(Kind::Temporary, "00070", date(2026, 1, 1), Some(date(2027, 1, 1))),
        ];
        let to = |at| outcome(&known, ResidenceKind::Permanent, at, TODAY, None);
        assert_eq!(to("00070"), "[(0, 1), (1, 1)]");
        assert_eq!(to("00008"), "[(0, 1)]");
        assert_eq!(to("00004"), "registry.already_resident");
    }

    #[test]
    fn a_temporary_residence_lies_elsewhere_and_has_a_last_day() {
        let known = [span(Kind::Permanent, "00004", date(2000, 1, 1), None)];
        let at = |at, until| outcome(&known, ResidenceKind::Temporary, at, TODAY, until);
        assert_eq!(at("00070", Some(date(2027, 11, 19))), "[]");
        assert_eq!(at("00004", Some(date(2027, 11, 19))), "registry.temporary_in_own_commune");
        assert_eq!(at("00070", None), "registry.end_does_not_fit");
        assert_eq!(at("00070", Some(TODAY)), "registry.end_does_not_fit");
    }

    #[test]
    fn a_temporary_residence_can_be_prolonged_but_not_registered_twice() {
        let known = [span(Kind::Temporary, "00070", date(2026, 1, 1), Some(date(2027, 1, 1)))];
        let until = |until| outcome(&known, ResidenceKind::Temporary, "00070", TODAY, Some(until));
        assert_eq!(until(date(2027, 6, 30)), "[(0, 1)]");
        assert_eq!(until(date(2026, 12, 31)), "registry.already_resident");
    }

    #[test]
    fn nothing_is_registered_before_what_is_already_recorded_or_far_ahead() {
        let known = [span(Kind::Permanent, "00004", date(2026, 6, 1), None)];
        let from = |from| outcome(&known, ResidenceKind::Permanent, "00070", from, None);
        assert_eq!(from(date(2026, 5, 1)), "registry.later_residence_exists");
        assert_eq!(from(date(2027, 5, 1)), "registry.starts_too_late");
    }

    #[test]
    fn only_the_head_of_a_household_of_that_commune_takes_somebody_in() {
        let mut host = vec![span(Kind::Permanent, "00004", date(2000, 1, 1), None)];
        let code = |host: &[Span<Residence>], at: &str, address: &str| {
            household_of(host, &CommuneCode::new(at), address, TODAY).map_err(|e| base::Fault::code(&e))
        };
        let first = HouseholdId(Uuid::nil());
        assert_eq!(code(&host, "00004", "phòng 2"), Ok(first));
        assert_eq!(code(&host, "00008", "Số 1, phố Huế"), Err("registry.householder_elsewhere"));

        // Of two households in one commune the address says which.
        let second = HouseholdId(Uuid::from_u128(2));
        let mut other = span(Kind::Temporary, "00004", date(2026, 1, 1), None);
        other.value.household = Some(second);
        other.value.address = "Tổ 5".to_owned();
        host.push(other);
        assert_eq!(code(&host, "00004", "tổ 5"), Ok(second));
        assert_eq!(code(&host, "00004", "SỐ 1 PHỐ HUẾ"), Ok(first));
        assert_eq!(code(&host, "00004", "Tổ 6"), Err("registry.household_ambiguous"));

        host.truncate(1);
        host[0].value.relation = Some("child".to_owned());
        assert_eq!(code(&host, "00004", "Số 1, phố Huế"), Err("registry.not_householder"));
    }
}
