//! `dispute_read`: what both sources say, side by side, each with its source and its day.

use base::vietnam_date;
use contracts::{Access, ports::Nation};
use store::Tx;

use super::open;
use crate::{
    RegistryError,
    disputes::{Dispute, DisputeId, Side, held},
    import::Authority,
    model::{Item, Source},
    ops::lives,
};

pub struct DisputeView {
    pub dispute: Dispute,
    pub name: String,
    /// What the record says now.
    pub held: Vec<Side>,
    /// The record says by now what the other source says.
    pub agrees: bool,
    /// The other value takes two officers.
    pub two: bool,
}

pub async fn dispute_read(
    tx: &mut Tx,
    access: &Access,
    nation: &dyn Nation,
    id: DisputeId,
) -> Result<DisputeView, RegistryError> {
    let view = look(tx, access, nation, id).await?;
    let entry = access.entry("registry.dispute_read").about(id.person);
    tx.audit(entry.fields(["name", view.dispute.item.as_str()]).done());
    Ok(view)
}

/// Reads without leaving an entry: whoever acts on it does that.
pub(super) async fn look(
    tx: &Tx,
    access: &Access,
    nation: &dyn Nation,
    id: DisputeId,
) -> Result<DisputeView, RegistryError> {
    let dispute = open(tx, access, nation, id).await?;
    let lives = lives::load(tx, [id.person]).await?;
    let life = lives.get(id.person)?;
    let held = held(life, &dispute.item, vietnam_date(tx.now()));
    let agrees = held.iter().any(|side| side.value == dispute.value);
    let says = Source::parse(&dispute.source);
    let authority = Authority::table()?;
    let ranked =
        |side: &Side| says.is_some_and(|says| authority.may_change(&dispute.item, &side.source, says));
    let two = !agrees && !held.iter().all(ranked);
    let name = life.get(Item::Name).unwrap_or_default().to_owned();
    Ok(DisputeView { dispute, name, held, agrees, two })
}
