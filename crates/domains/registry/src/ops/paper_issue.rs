//! `paper_issue`: an identity paper was issued; it takes the place of the one before.

use base::FieldFault;
use contracts::{Access, PersonId, events::LifeKind};
use jiff::civil::Date;
use store::Tx;

use super::lives::{self, Act, Basis};
use crate::{
    RegistryError,
    model::{
        held::{PAPER_KINDS, Paper},
        rules, status,
    },
    policy::{Action, authorise},
};

/// A paper as its issuer tells of it.
#[derive(Clone)]
pub struct NewPaper {
    /// One of [`PAPER_KINDS`].
    pub kind: String,
    pub number: String,
    pub issued_at: Option<String>,
    pub issued_on: Date,
    /// Last day; none: without end.
    pub expires_on: Option<Date>,
}

pub async fn paper_issue(
    tx: &mut Tx,
    access: &Access,
    person: PersonId,
    new: &NewPaper,
    basis: &Basis,
) -> Result<(), RegistryError> {
    authorise(access, Action::Act, Some(person))?;
    let act = Act::new(tx, access, LifeKind::PaperIssued, "registry.paper_issue", new.issued_on, basis)?;
    let mut lives = lives::load(tx, [person]).await?;
    let pen = act.pen(tx);
    let mut faults: Vec<FieldFault> = Vec::new();
    let kind = rules::choice(&new.kind, PAPER_KINDS).map_err(|b| faults.push(b.at("kind")));
    let number = rules::key(&new.number).map_err(|b| faults.push(b.at("number")));
    let issued_at = new.issued_at.as_deref().map(rules::line).transpose();
    let issued_at = issued_at.map_err(|b| faults.push(b.at("issued_at")));
    let (Ok(kind), Ok(number), Ok(issued_at)) = (kind, number, issued_at) else {
        return Err(RegistryError::Invalid(faults));
    };
    let paper = Paper {
        id: pen.id(),
        kind: kind.to_owned(),
        number,
        issued_at,
        expires_on: new.expires_on,
        event: act.event(),
        source: basis.source.as_str().to_owned(),
        ended_by: None,
    };
    status::issue_paper(&mut lives, &pen, person, paper, new.issued_on)?;
    act.write(tx, &lives, &[person]).await
}
