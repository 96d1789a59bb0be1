//! A dossier that lies with the wrong agency goes to the right one, with the reason; the clock runs on.
//!
//! It goes only where it can be decided ([`may_go`]): to an agency that a step of its service makes competent, in the
//! agency's own place or in the one where the dossier lies; or, within one province, up to the provincial police and
//! down to the police of a commune. Committees, service centres, departments and the police of another province are refused.

use contracts::{Actor, AgencyId, ports::AgencyCard, ports::Nation};
use forms::{Level, Service};
use serde_json::json;
use store::Tx;

use crate::{
    DossierError, Dossiers, Status, jobs,
    moves::{Happened, handling},
    ops::{Moved, Opened, Target, approve::close_alerts, open, required_text},
    policy::Action,
};

pub async fn dossier_forward(
    cx: &Dossiers,
    tx: &mut Tx,
    actor: &Actor,
    target: &Target,
    to: &AgencyId,
    reason: &str,
) -> Result<Moved, DossierError> {
    let mut work = match open(tx, actor, target, Action::Forward, "dossier.forward", &(to, reason)).await? {
        Opened::Before(moved) => return Ok(moved),
        Opened::Now(work) => work,
    };
    work.require(&[Status::Registered, Status::Accepted, Status::InProgress])?;
    let reason = required_text("reason", reason)?;
    let agency = cx.nation.agency(to).ok_or_else(|| DossierError::field("agency", "forms.not_a_choice"))?;
    if Some(&agency.id) == work.dossier().agency.as_ref() {
        return Err(DossierError::field("agency", "forms.not_a_choice"));
    }
    let service = cx.service_of(work.dossier())?;
    let from = work.dossier().agency.as_ref().and_then(|id| cx.nation.agency(id));
    if !may_go(cx.nation.as_ref(), &service, from.as_ref(), &agency) {
        return Err(DossierError::field("agency", "dossier.agency_not_competent"));
    }
    close_alerts(tx, &work.moving.dossier);
    let m = &mut work.moving;
    m.dossier.agency = Some(agency.id.clone());
    m.dossier.assignee = None;
    m.dossier.proposal = None;
    m.note(Happened::Forwarded, json!({ "to": agency.name, "reason": reason }));
    jobs::alert_breached(tx, &work.moving.dossier);
    Ok(work.close(tx, &handling(actor)))
}

/// See the module comment. `from` has the dossier now; none where that agency is no more.
fn may_go(nation: &dyn Nation, service: &Service, from: Option<&AgencyCard>, to: &AgencyCard) -> bool {
    let decides = |place: &AgencyCard, level| {
        let commune = place.commune.as_ref()?;
        nation.agency_for(commune, level).map(|agency| agency.id)
    };
    let is_to = |id: Option<AgencyId>| id.as_ref() == Some(&to.id);
    let places = || [Some(to), from].into_iter().flatten();
    let competent = service.steps.iter().any(|s| places().any(|place| is_to(decides(place, s.level))));
    // An agency without a commune of its own stands for its province itself.
    let province = |place: &AgencyCard| decides(place, Level::Province).unwrap_or_else(|| place.id.clone());
    let same_line = from.is_some_and(|from| province(from) == province(to));
    let police = is_to(decides(to, Level::Commune)) || from.is_some_and(|from| to.id == province(from));
    competent || (same_line && police)
}
