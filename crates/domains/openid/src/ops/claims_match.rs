//! `claims_match`: a relying party says what it knows of a person, and learns whether that is right: yes or no, and never
//! which part is not.
//!
//! It was allowed by the person and leaves a receipt and an entry in the log, like everything that is told. Questions are
//! few, so that no date of birth is found by trying; and there is always a name or a number among what is compared, so that
//! none of the rest is read off one by one.

use base::{nfc, vietnam_date};
use contracts::{Access, Purpose, ports::AccountHolder};
use forms::Person;
use jiff::SignedDuration;
use postgres_types::ToSql;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use store::{StoreError, Tx};

use super::claims_release::{Telling, entry, leave_receipt};
use crate::{
    Claim, OpenId, Reason, Refusal, acting,
    claims::{Known, evaluate, facts_of},
    limits::{MATCH_BYTES_MAX, MATCHES_A_DAY},
    sandbox::Persona,
    sql_console,
};

/// What a relying party knows of a person, in the words of the claims. Not for printing.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Given {
    name: Option<String>,
    /// `1990-05-17`, or the year alone where no more is known.
    birthdate: Option<String>,
    /// `male`, `female`.
    gender: Option<String>,
    personal_number: Option<String>,
}

impl Given {
    /// # Errors
    /// Anything but an object of these members, bounded, with a name or a number among them.
    pub fn read(body: &[u8]) -> Result<Self, Reason> {
        let given: Self = jose::json::object(body).map_err(|_| Reason::ParameterMalformed)?;
        let telling = given.name.is_some() || given.personal_number.is_some();
        let long = given.all().iter().any(|(_, text)| text.len() > MATCH_BYTES_MAX);
        if telling && !long { Ok(given) } else { Err(Reason::ParameterMalformed) }
    }

    fn all(&self) -> Vec<(Claim, &str)> {
        let members = [
            (Claim::Name, &self.name),
            (Claim::Birthdate, &self.birthdate),
            (Claim::Gender, &self.gender),
            (Claim::PersonalNumber, &self.personal_number),
        ];
        members.into_iter().filter_map(|(claim, text)| Some((claim, text.as_deref()?))).collect()
    }

    /// Whether everything is as the record says. Names are written in capitals by some and not by others.
    fn fits(&self, known: &Map<String, Value>) -> bool {
        self.all().into_iter().all(|(claim, given)| {
            let known = known.get(claim.as_str()).and_then(Value::as_str);
            known.is_some_and(|known| nfc(given).to_lowercase() == nfc(known).to_lowercase())
        })
    }
}

pub async fn claims_match(
    cx: &OpenId,
    tx: &mut Tx,
    telling: Telling<'_>,
    given: &Given,
) -> Result<bool, Refusal> {
    let Telling { client, holder, terms } = telling;
    let allowed = terms.userinfo.contains(&Claim::IdentityMatch);
    if !allowed || !terms.covers(client, Claim::IdentityMatch) {
        return Err(Reason::TokenScope.into());
    }
    let claims: Vec<Claim> = given.all().into_iter().map(|(claim, _)| claim).collect();
    let (today, province_of) = (vietnam_date(tx.now()), cx.ports.province_of.as_ref());
    let fits = |record: &Person, level| {
        let known = Known {
            record,
            level,
            today,
            places: &[],
            province_of,
            foreigner_number: None,
            organisation: None,
        };
        given.fits(&evaluate(&claims, known))
    };
    if client.settings.sandbox {
        let persona = terms.persona.as_deref().and_then(Persona::find).ok_or(Reason::AccountEnded)?;
        return Ok(fits(&persona.record(), persona.level));
    }
    let (Some(person), Some(level)) = (holder.person, holder.level) else {
        return Err(Reason::AccountEnded.into());
    };
    acting::still_acts(cx, tx, holder.account, terms).await?;
    if claims.iter().any(|claim| level < claim.level_min()) {
        return Err(Reason::LevelUnmet.into());
    }
    if !may_ask(tx, telling).await? {
        return Err(Reason::TooMany.into());
    }
    let access = Access::system(Purpose::RELEASE_CLAIMS).telling(entry(telling, &[Claim::IdentityMatch]));
    let record = cx.ports.register.facts(tx, &access, person, &facts_of(&claims)).await?;
    let fits = fits(&record, level);
    let told = Map::from_iter([(Claim::IdentityMatch.as_str().to_owned(), json!(fits))]);
    leave_receipt(tx, telling, &told);
    Ok(fits)
}

/// Whether this relying party asked about this person less often within a day than it may. Counted here and now: of several
/// questions at once each waits for the one before.
async fn may_ask(tx: &Tx, telling: Telling<'_>) -> Result<bool, StoreError> {
    let Telling { client, holder: AccountHolder { account, .. }, .. } = telling;
    let (now, day) = (tx.now(), SignedDuration::from_hours(24));
    let (since, ends) = (now - day, now + day);
    let asked: [&(dyn ToSql + Sync); 6] = [account, &client.id, &now, &ends, &since, &MATCHES_A_DAY];
    Ok(tx.execute(sql_console::MATCH_ASK, &asked).await? == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_thing_that_is_wrong_or_unknown_makes_all_of_it_wrong() {
        let known = json!({ "name": "Nguyễn Văn An", "birthdate": "1990-05-17", "gender": "male" });
        let fits = |given: Value| {
            Given::read(given.to_string().as_bytes()).unwrap().fits(known.as_object().unwrap())
        };
        assert!(fits(json!({ "name": "NGUYỄN VĂN  AN", "birthdate": "1990-05-17" })));
        assert!(
            fits(json!({ "name": "Nguye\u{302}\u{303}n Va\u{306}n An" })),
            "letters that are put together"
        );
        assert!(!fits(json!({ "name": "Nguyen Van An" })), "other letters are another name");
        assert!(!fits(json!({ "name": "Nguyễn Văn An", "birthdate": "1990" })));
        assert!(!fits(json!({ "name": "Nguyễn Văn An", "gender": "female" })));
        assert!(!fits(json!({ "name": "Nguyễn Văn An", "personal_number": "001090000019" })));
    }

    #[test]
    fn nothing_is_read_off_one_by_one() {
        for bad in [
            json!({}),
            json!({ "gender": "male" }),
            json!({ "birthdate": "1990-05-17", "gender": "male" }),
            json!({ "name": "x", "address": "y" }),
            json!({ "name": 1 }),
            json!({ "name": "x".repeat(2_000) }),
            json!([]),
        ] {
            assert!(Given::read(bad.to_string().as_bytes()).is_err(), "{bad}");
        }
        assert!(Given::read(br#"{"name":"a","name":"b"}"#).is_err());
    }
}
