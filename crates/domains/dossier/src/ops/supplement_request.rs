//! An officer asks for everything that is missing, at once: the law allows one complete request (NĐ 45/2020 Art. 11–12).
//!
//! The clock stands until the citizen answers or the time to answer has run out ([`crate::waits`]). A second request
//! needs the head.

use base::{FieldFault, Text};
use contracts::{Actor, Role, ports::PaperKind};
use serde_json::json;
use store::Tx;

use crate::{
    DossierError, Dossiers, Status,
    jobs::{self, PaperJob},
    model::{Defect, SUPPLEMENTS_WITHOUT_HEAD},
    moves::{Happened, handling, notify},
    ops::{Moved, Opened, Target, approve::close_alerts, open, required_text, today},
    policy::Action,
    waits::{self, Wait},
};

/// Most defects in one request.
pub const DEFECTS_MAX: usize = 50;

pub async fn supplement_request(
    cx: &Dossiers,
    tx: &mut Tx,
    actor: &Actor,
    target: &Target,
    defects: &[Defect],
) -> Result<Moved, DossierError> {
    let opened =
        open(tx, actor, target, Action::RequestSupplement, "dossier.supplement_request", &defects).await?;
    let mut work = match opened {
        Opened::Before(moved) => return Ok(moved),
        Opened::Now(work) => work,
    };
    work.require(&[Status::Accepted, Status::InProgress])?;
    let is_head = actor.staff().is_some_and(|(_, role)| role == Role::Head);
    if work.dossier().supplements >= SUPPLEMENTS_WITHOUT_HEAD && !is_head {
        return Err(DossierError::SecondSupplementNeedsHead);
    }
    let service = cx.service_of(work.dossier())?;
    if defects.is_empty() {
        return Err(DossierError::field("defects", "forms.required"));
    }
    if defects.len() > DEFECTS_MAX {
        let fault = FieldFault::new("defects", "forms.too_many").with("max", DEFECTS_MAX);
        return Err(DossierError::Invalid(vec![fault]));
    }
    let mut clean = Vec::with_capacity(defects.len());
    for (i, defect) in defects.iter().enumerate() {
        let known = defect.field.is_empty()
            || service.field(&defect.field).is_some()
            || service.attachments.iter().any(|a| defect.field == format!("attachments.{}", a.key));
        if !known {
            return Err(DossierError::field(format!("defects.{i}.field"), "forms.not_a_choice"));
        }
        let note = required_text(&format!("defects.{i}.note"), &defect.note)?;
        clean.push(Defect { field: defect.field.clone(), note });
    }

    let today = today(tx);
    close_alerts(tx, &work.moving.dossier);
    let m = &mut work.moving;
    let last_day = waits::pause(cx, &mut m.dossier, &service, Wait::Supplement, today)?;
    m.dossier.supplements += 1;
    m.dossier.proposal = None;
    m.dossier.defects = clean;
    let detail = json!({ "defects": m.dossier.defects, "due_on": last_day });
    m.to(Status::SupplementRequested, Happened::SupplementRequested, detail)?;
    let d = &work.moving.dossier;
    waits::watch(tx, d, last_day);
    jobs::enqueue_paper(tx, &PaperJob { dossier: d.id, kind: PaperKind::Supplement });
    let title = Text::new("Hồ sơ của bạn cần bổ sung", "Your dossier needs something more");
    notify(tx, d.applicant, &title, format!("/dossiers/{}", d.id));
    Ok(work.close(tx, &handling(actor)))
}
