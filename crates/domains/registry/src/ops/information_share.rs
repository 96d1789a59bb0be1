//! `information_share`: another database tells something of a person (Law on Identity Art. 9 item 26).

use contracts::{Access, PersonId, events::LifeKind};
use jiff::civil::Date;
use store::Tx;

use super::lives::{self, Act, Basis};
use crate::{
    RegistryError,
    model::{held::Shared, rules, status},
    policy::{Action, authorise},
};

/// `key` is a code word such as `occupation`; what was told under it before ends on the day.
pub async fn information_share(
    tx: &mut Tx,
    access: &Access,
    person: PersonId,
    (key, value): (&str, &str),
    on: Date,
    basis: &Basis,
) -> Result<(), RegistryError> {
    authorise(access, Action::Act, Some(person))?;
    let act = Act::new(tx, access, LifeKind::InformationShared, "registry.information_share", on, basis)?;
    let invalid = |broken: rules::Broken, field| RegistryError::Invalid(vec![broken.at(field)]);
    rules::word(key).map_err(|broken| invalid(broken, "key"))?;
    let value = rules::line(value).map_err(|broken| invalid(broken, "value"))?;
    let mut lives = lives::load(tx, [person]).await?;
    let pen = act.pen(tx);
    let shared = Shared {
        id: pen.id(),
        key: key.to_owned(),
        value,
        event: act.event(),
        source: basis.source.as_str().to_owned(),
        ended_by: None,
    };
    status::share(&mut lives, &pen, person, shared, on)?;
    act.write(tx, &lives, &[person]).await
}
