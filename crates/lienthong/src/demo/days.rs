//! Plays the stories in the order of time: a clock that goes from step to step, and behind each day the deferred work.

use anyhow::Context;
use base::{FixedClock, vietnam_date};
use contracts::{Actor, DossierId};
use dossier::{
    Defect, DossierError,
    ops::{self, Target},
    row,
};
use forms::Answers;
use indicatif::ProgressBar;
use jiff::Timestamp;
use registry::quality;
use store::{Tx, jobs, relay};

use crate::{
    app::App,
    demo::{
        cast::{Cast, Stage},
        stories::{Step, Story, role_of},
    },
};

pub async fn play(
    app: &App,
    clock: &FixedClock,
    cast: &Cast,
    stories: Vec<Story>,
    now: Timestamp,
    bar: &ProgressBar,
) -> anyhow::Result<()> {
    let mut agenda: Vec<(Timestamp, usize, usize)> = stories
        .iter()
        .enumerate()
        .flat_map(|(s, story)| story.steps.iter().enumerate().map(move |(n, (at, _))| (*at, s, n)))
        .collect();
    agenda.sort_unstable();
    bar.set_length(u64::try_from(agenda.len()).unwrap_or(0));
    let mut dossiers: Vec<Option<DossierId>> = vec![None; stories.len()];
    let mut day = None;
    for (at, s, n) in agenda {
        if day.is_some_and(|d| d != vietnam_date(at)) {
            catch_up(app).await?;
        }
        day = Some(vietnam_date(at));
        clock.set(at);
        let (Some(story), Some(id)) = (stories.get(s), dossiers.get_mut(s)) else { continue };
        let Some((_, step)) = story.steps.get(n) else { continue };
        let stage = cast.stages.get(story.stage).context("a stage")?;
        act(app, story, stage, step, id).await.with_context(|| format!("dossier {s}, step {step:?}"))?;
        bar.inc(1);
    }
    clock.set(now);
    catch_up(app).await?;
    // The people came by a load, which nothing follows.
    quality::ops::recount(&app.store, &app.quality, |_| {}).await?;
    quality::keep::keep(&app.store, &app.quality).await?;
    catch_up(app).await
}

/// Does what waits: papers, reminders, lists, the log.
async fn catch_up(app: &App) -> anyhow::Result<()> {
    jobs::drain(&app.store, &app.handlers()).await?;
    for consumer in app.consumers() {
        relay::drain(&app.store, consumer.as_ref()).await?;
    }
    app.sequencer().drain().await?;
    Ok(())
}

async fn act(
    app: &App,
    story: &Story,
    stage: &Stage,
    step: &Step,
    id: &mut Option<DossierId>,
) -> anyhow::Result<()> {
    // Papers that are due belong to the moment before.
    if matches!(step, Step::Rate(_)) {
        jobs::drain(&app.store, &app.handlers()).await?;
    }
    let actor = match (role_of(step), step) {
        (Some(role), _) => &stage.officer(role).context("an officer")?.actor,
        (None, Step::Consent(_)) => &story.host.as_ref().context("a host")?.actor,
        (None, _) => &story.applicant.actor,
    };
    let mut tx = app.store.begin().await?;
    let outcome = perform(app, &mut tx, actor, step, *id).await;
    if let Some(new) = tx.finish(outcome).await? {
        *id = Some(new);
    }
    Ok(())
}

async fn perform(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    step: &Step,
    id: Option<DossierId>,
) -> Result<Option<DossierId>, DossierError> {
    let cx = &app.dossiers;
    if let Step::Draft(procedure) = step {
        return Ok(Some(ops::draft_open::draft_open(cx, tx, actor, procedure).await?.id));
    }
    let id = id.ok_or(DossierError::NotFound)?;
    let version = row::load(tx, id).await?.version;
    let target = Target { dossier: id, version, key: Some(format!("demo-{id}-{version}")) };
    match step {
        Step::Draft(_) => {}
        Step::Write(answers) => {
            let answers = Answers(answers.as_object().cloned().unwrap_or_default());
            ops::draft_save::draft_save(cx, tx, actor, id, None, answers).await?;
        }
        Step::Submit => drop(ops::submit::dossier_submit(cx, tx, actor, &target).await?),
        Step::Consent(yes) => {
            let keys: Vec<String> = row::load(tx, id).await?.consents.into_keys().collect();
            for key in keys {
                ops::consent_answer::consent_answer(tx, actor, id, &key, *yes).await?;
            }
        }
        Step::Receive => drop(ops::receive::dossier_receive(cx, tx, actor, &target).await?),
        Step::Start => drop(ops::start::dossier_start(tx, actor, &target).await?),
        Step::Supplement(field, note) => {
            let defects = [Defect { field: (*field).to_owned(), note: (*note).to_owned() }];
            ops::supplement_request::supplement_request(cx, tx, actor, &target, &defects).await?;
        }
        Step::Answer => drop(ops::supplement_answer::supplement_answer(cx, tx, actor, &target).await?),
        Step::AskFee => drop(ops::payment::payment_request(cx, tx, actor, &target).await?),
        Step::RecordFee => {
            ops::payment::payment_record(cx, tx, actor, &target, "BL-000123").await?;
        }
        Step::Approve => drop(ops::approve::dossier_approve(cx, tx, actor, &target, "").await?),
        Step::ProposeRefusal(reason, note) => {
            ops::refuse::refusal_propose(cx, tx, actor, &target, reason, note).await?;
        }
        Step::ConfirmRefusal => drop(ops::refuse::refusal_confirm(cx, tx, actor, &target, true).await?),
        Step::Withdraw => drop(ops::withdraw::dossier_withdraw(cx, tx, actor, &target).await?),
        Step::Stop(reason) => drop(ops::stop::dossier_stop(cx, tx, actor, &target, reason).await?),
        Step::Rate(stars) => drop(ops::rate::dossier_rate(tx, actor, &target, *stars).await?),
    }
    Ok(None)
}
