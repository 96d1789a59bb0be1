//! `correction_withdraw`: the person takes a request back before it is decided.

use contracts::Access;
use store::Tx;

use super::{Target, load, logged, settle, told, unchanged};
use crate::{
    RegistryError,
    corrections::{
        StepKind,
        policy::{Action, authorise_case},
    },
};

pub async fn correction_withdraw(tx: &mut Tx, access: &Access, target: &Target) -> Result<(), RegistryError> {
    let correction = load(tx, target.person, target.id).await?;
    authorise_case(access, Action::Withdraw, &correction)?;
    unchanged(&correction, target.version)?;
    let state = correction.after(StepKind::Withdrawn)?;
    settle(tx, &correction, state);
    told(tx, access, &correction, StepKind::Withdrawn, None);
    logged(tx, access, "registry.correction_withdraw", &correction);
    Ok(())
}
