//! `representative_authorise`: the legal representative lets somebody act for the organisation, for a scope and until a day.

use base::PersonalNumber;
use contracts::{Access, OrganisationId, Purpose};
use jiff::{Timestamp, civil::Date};
use store::Tx;

use super::super::{
    model::{AGE_AUTHORISED_MIN, Act, REPRESENTATIVES_MAX, RepresentationId, Role, Scope, TERM_MAX},
    rows::{Begins, begin, entry, fit, remember, represented, strong, tell, touch},
    typed::{TITLE_CHARS, words},
};
use crate::{
    Current, Identity, IdentityError,
    input::{Faults, number_claim},
    model::State,
    policy, rows,
};

/// As typed.
#[derive(Clone, Default)]
pub struct Authorising {
    pub number: String,
    pub title: String,
    pub scope: Vec<Scope>,
    /// The last day.
    pub until: Option<Date>,
}

/// A number must not reach a log by accident.
impl std::fmt::Debug for Authorising {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Authorising(…)")
    }
}

pub async fn representative_authorise(
    cx: &Identity,
    tx: &mut Tx,
    me: &Current,
    id: OrganisationId,
    input: &Authorising,
) -> Result<RepresentationId, IdentityError> {
    policy::allowed(&me.actor, policy::Action::RepresentOrganisation)?;
    strong(me)?;
    let (one, mine, all) = represented(tx, me, id).await?;
    if mine.role != Role::Legal {
        return Err(IdentityError::Forbidden);
    }
    if one.state != State::Activated {
        return Err(IdentityError::WrongState);
    }
    let (number, title, ends_at) = read(input, tx.now())?;
    let account = rows::account_by_claim(tx, &number_claim(&cx.keys, &number)).await?;
    // Only whether they are old enough: what the record says of another person is not the representative's to read.
    let access = Access::system(Purpose::REPRESENT);
    let (account, person) = fit(cx, tx, &access, account, "number", AGE_AUTHORISED_MIN).await?;
    if all.iter().any(|r| r.account == account) {
        return Err(IdentityError::field("number", "identity.representative_known"));
    }
    if all.len() >= REPRESENTATIVES_MAX {
        return Err(IdentityError::field("number", "identity.representatives_full"));
    }
    touch(tx, &one);
    let scope = input.scope.clone();
    let granted_by = me.account();
    let begins = Begins { account, role: Role::Authorised, title, scope, ends_at: Some(ends_at), granted_by };
    let representation = begin(tx, id, begins);
    remember(tx, &me.actor, id, Act::Authorised, account.to_string());
    let fields = input.scope.iter().map(|s| s.as_str());
    let logged = entry(&me.actor, "identity.representative_authorise", id).about(person);
    tx.audit(logged.fields(fields).done());
    tell(
        tx,
        person,
        format!("Bạn vừa được ủy quyền đại diện cho {}.", one.details.name),
        format!("You were authorised to represent {}.", one.details.name),
    );
    Ok(representation)
}

fn read(input: &Authorising, now: Timestamp) -> Result<(PersonalNumber, String, Timestamp), IdentityError> {
    let mut faults = Faults::default();
    let number = faults.number(&input.number);
    let title = faults.read("title", "identity.organisation_title", words(&input.title, TITLE_CHARS));
    if input.scope.is_empty() {
        faults.push(base::FieldFault::new("scope", "identity.representative_scope"));
    }
    let ends_at = input.until.and_then(|day| ends(day, now));
    let ends_at = faults.read("until", "identity.representative_until", ends_at);
    match (number, title, ends_at) {
        (Some(number), Some(title), Some(ends_at)) if faults.is_empty() => Ok((number, title, ends_at)),
        _ => Err(faults.end()),
    }
}

/// The first moment after a last day, where that is later than now and not too late.
fn ends(last: Date, now: Timestamp) -> Option<Timestamp> {
    let midnight = last.tomorrow().ok()?.to_datetime(jiff::civil::Time::midnight());
    let end = base::VIETNAM.to_timestamp(midnight).ok()?;
    (end > now && end.duration_since(now) <= TERM_MAX).then_some(end)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_last_day_is_good_to_its_end_and_not_for_ever() {
        let now: Timestamp = "2026-11-20T02:00:00Z".parse().unwrap();
        assert_eq!(ends(date(2026, 11, 20), now), Some("2026-11-20T17:00:00Z".parse().unwrap()));
        assert_eq!(ends(date(2026, 11, 19), now), None);
        assert!(ends(date(2031, 11, 20), now).is_some());
        assert_eq!(ends(date(2032, 1, 1), now), None);
    }
}
