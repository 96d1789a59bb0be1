//! What officers do with a dossier, and what two of them must do together.

use base::Fault;
use contracts::{AgencyId, ports::ResidenceKind};
use dossier::{
    DossierError, Status,
    ops::{
        Moved, approve::dossier_approve, assign::dossier_assign, consent_answer::consent_answer,
        forward::dossier_forward, read::dossier_read_in_office, receive::dossier_receive, refuse,
        start::dossier_start, stop::dossier_stop,
    },
};
use jiff::civil::date;

use crate::world::*;

#[tokio::test]
async fn nobody_refuses_alone() {
    let world = World::new().await;
    let started = world.started().await;
    let (one, two) = (decider(), staff(13, contracts::Role::Decider, POLICE));
    let reason = world.view(started.dossier).await.service.refusals[0].code.clone();
    let proposed = world
        .run(async |tx| {
            refuse::refusal_propose(&world.cx, tx, &one, &seen(&started), &reason, "Không đủ").await
        })
        .await
        .unwrap();
    let alone = world
        .run(async |tx| refuse::refusal_confirm(&world.cx, tx, &one, &seen(&proposed), true).await)
        .await;
    assert!(matches!(alone, Err(DossierError::FourEyes)));
    // The citizen does not see a proposal.
    let view = world.view(started.dossier).await;
    assert!(view.moments.iter().all(|m| m.happened.as_str() != "refusal_proposed"));
    let refused = world
        .run(async |tx| refuse::refusal_confirm(&world.cx, tx, &two, &seen(&proposed), true).await)
        .await
        .unwrap();
    assert_eq!(refused.status, Status::Finished.number());
    world.settle().await;
    let view = world.view(started.dossier).await;
    assert_eq!(view.dossier.status, Status::Returned);
    assert!(view.papers.iter().any(|p| p.kind.as_str() == "refusal"));
    assert!(world.people.changes.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_second_officer_may_disagree() {
    let world = World::new().await;
    let started = world.started().await;
    let reason = world.view(started.dossier).await.service.refusals[0].code.clone();
    let proposed = world
        .run(async |tx| {
            refuse::refusal_propose(&world.cx, tx, &decider(), &seen(&started), &reason, "?").await
        })
        .await
        .unwrap();
    let kept = world
        .run(async |tx| refuse::refusal_confirm(&world.cx, tx, &head(), &seen(&proposed), false).await)
        .await
        .unwrap();
    assert_eq!(kept.status, Status::InProgress.number());
    let none =
        world.run(async |tx| refuse::refusal_confirm(&world.cx, tx, &head(), &seen(&kept), true).await).await;
    assert!(matches!(none, Err(DossierError::WrongStatus(Status::InProgress))));
}

#[tokio::test]
async fn an_approval_changes_the_record_and_gives_the_result() {
    let world = World::new().await;
    let started = world.started().await;
    let approved = world
        .run(async |tx| dossier_approve(&world.cx, tx, &decider(), &seen(&started), "").await)
        .await
        .unwrap();
    assert_eq!(approved.status, Status::Finished.number());
    {
        let changes = world.people.changes.lock().unwrap();
        assert_eq!(changes.len(), 1);
        assert_eq!((changes[0].person, changes[0].kind), (LAN, ResidenceKind::Temporary));
        assert_eq!(changes[0].commune.as_str(), COMMUNE);
        let by = world.people.changed_by.lock().unwrap();
        assert_eq!((&by[0].actor, by[0].purpose), (&decider(), contracts::Purpose::UPDATE_RECORD));
        assert_eq!((changes[0].from, changes[0].until), (date(2026, 12, 1), Some(date(2027, 11, 30))));
    }
    world.settle().await;
    let view = world.view(started.dossier).await;
    assert_eq!(view.dossier.status, Status::Returned);
    assert_eq!(view.dossier.result, view.papers.last().map(|p| p.document));
    // What was sent stands as it was, after every move that leaves it alone.
    assert_eq!(view.dossier.answers.0["address"], "số 12, đường Láng");
    assert!(view.dossier.facts.record.value(forms::Fact::Name, date(2026, 11, 20)).text().is_some());
}

/// Lan with one other person.
fn together_with(person: contracts::PersonId) -> serde_json::Value {
    let mut says = own_dwelling();
    says["with_members"] = true.into();
    says["members"] = serde_json::json!([{ "number": number(person).as_str(), "relation": "child" }]);
    says
}

#[tokio::test]
async fn no_child_is_moved_along_who_is_not_of_the_household() {
    let world = World::new().await;
    let born = base::PartialDate::full(date(2015, 1, 1));
    world.people.learns(HOA, forms::Fact::BirthDate, forms::Value::Partial(born));
    let started = world.started_with(&together_with(HOA)).await;
    let approve = async || {
        world.run(async |tx| dossier_approve(&world.cx, tx, &decider(), &seen(&started), "").await).await
    };
    assert!(matches!(approve().await, Err(DossierError::NotOfHousehold)));
    world.people.learns(LAN, forms::Fact::HouseholderNumber, number(LAN).as_str().to_owned());
    assert!(matches!(approve().await, Err(DossierError::NotOfHousehold)));
    assert!(world.people.changes.lock().unwrap().is_empty());
    world.people.learns(HOA, forms::Fact::HouseholderNumber, number(LAN).as_str().to_owned());
    approve().await.unwrap();
    assert_eq!(world.people.changes.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn an_adult_of_another_household_moves_along_with_their_own_yes() {
    let world = World::new().await;
    let sent = world.registered(&together_with(HOA)).await;
    assert!(world.told(HOA).await[0].contains("xin bạn đồng ý"));
    let early = world.run(async |tx| dossier_receive(&world.cx, tx, &receiver(), &seen(&sent)).await).await;
    assert!(matches!(early, Err(DossierError::ConsentPending)));
    world
        .run(async |tx| consent_answer(tx, &citizen(HOA), sent.dossier, "member.1", true).await)
        .await
        .unwrap();
    let agreed = Moved { version: sent.version + 1, ..sent };
    let received = world.receive(&agreed).await;
    let started = world.run(async |tx| dossier_start(tx, &decider(), &seen(&received)).await).await.unwrap();
    world
        .run(async |tx| dossier_approve(&world.cx, tx, &decider(), &seen(&started), "").await)
        .await
        .unwrap();
    let moved: Vec<_> = world.people.changes.lock().unwrap().iter().map(|c| c.person).collect();
    assert_eq!(moved, [LAN, HOA]);
}

#[tokio::test]
async fn a_second_supplement_needs_the_head() {
    let world = World::new().await;
    let started = world.started().await;
    let asked = world.asked(&decider(), &started).await.unwrap();
    assert_eq!(asked.status, Status::SupplementRequested.number());
    let answered = world.answered(&asked).await.unwrap();
    let second = world.asked(&decider(), &answered).await;
    assert!(matches!(second, Err(DossierError::SecondSupplementNeedsHead)));
    world.asked(&head(), &answered).await.unwrap();
    world.settle().await;
}

#[tokio::test]
async fn a_supplement_is_checked_like_the_first_sending() {
    let world = World::new().await;
    let asked = world.asked(&receiver(), &world.received().await).await.unwrap();
    let mut wrong = own_dwelling();
    wrong["address"] = "".into();
    world.save(asked.dossier, &wrong).await;
    assert!(matches!(world.answered(&asked).await, Err(DossierError::Invalid(_))));
    let mut right = own_dwelling();
    right["address"] = "số 14, đường Láng".into();
    world.save(asked.dossier, &right).await;
    world.answered(&asked).await.unwrap();
    assert_eq!(world.view(asked.dossier).await.dossier.answers.0["address"], "số 14, đường Láng");
}

#[tokio::test]
async fn the_clock_stands_while_the_citizen_is_asked() {
    let world = World::new().await;
    let calendar = world.cx.nation.calendar().clone();
    let started = world.started().await;
    let day = date(2026, 11, 20);
    assert_eq!(started.due_on, Some(calendar.add(day, 3).unwrap()));
    world.at("2026-11-23T03:00:00Z");
    let asked = world.asked(&decider(), &started).await.unwrap();
    let used = calendar.between(day, date(2026, 11, 23)).unwrap();
    assert_eq!(i32::try_from(world.view(asked.dossier).await.dossier.clock.used_days).unwrap(), used);
    world.at("2026-12-10T03:00:00Z");
    world.settle().await;
    let answered = world.answered(&asked).await.unwrap();
    let left = 3 - u32::try_from(used).unwrap();
    assert_eq!(answered.due_on, Some(calendar.add(date(2026, 12, 10), left).unwrap()));
}

#[tokio::test]
async fn a_forwarded_dossier_belongs_to_the_other_agency() {
    let world = World::new().await;
    let received = world.received().await;
    let to = AgencyId::new(OTHER_POLICE);
    let sent = world
        .run(async |tx| dossier_forward(&world.cx, tx, &receiver(), &seen(&received), &to, "Sai nơi").await)
        .await
        .unwrap();
    let code = sent.code.clone().unwrap();
    let here = world.run(async |tx| dossier_read_in_office(&world.cx, tx, &receiver(), &code).await).await;
    assert!(matches!(here, Err(DossierError::NotFound)));
    let there = staff(30, contracts::Role::Decider, OTHER_POLICE);
    let started = world.run(async |tx| dossier_start(tx, &there, &seen(&sent)).await).await.unwrap();
    assert_eq!(started.due_on, received.due_on, "the clock runs on");
}

#[tokio::test]
async fn a_dossier_goes_only_where_it_can_be_decided() {
    let world = World::new().await;
    let mut at = world.received().await;
    let forward = async |from: &str, at: &Moved, to: &str| {
        let (officer, to) = (staff(31, contracts::Role::Receiver, from), AgencyId::new(to));
        world.run(async |tx| dossier_forward(&world.cx, tx, &officer, &seen(at), &to, "Sai nơi").await).await
    };
    // Its own committee and service centre, the committee and a division of its province, the police of another province, a
    // department of the ministry.
    for wrong in ["UBND-X-26740", "PVHCC-X-26740", "UBND-T-79", "PC06-79", "CA-T-01", "C06"] {
        let refused = forward(POLICE, &at, wrong).await.unwrap_err();
        let fields = refused.fields();
        assert!(
            fields.iter().any(|f| f.field == "agency" && f.code == "dossier.agency_not_competent"),
            "{wrong}: {fields:?}"
        );
    }
    // Up to the province, down to another commune of it, away to a commune of another province.
    for (from, to) in [(POLICE, "CA-T-79"), ("CA-T-79", "CA-X-26743"), ("CA-X-26743", OTHER_POLICE)] {
        at = forward(from, &at, to).await.unwrap_or_else(|e| panic!("{from} to {to}: {e:?}"));
    }
}

#[tokio::test]
async fn who_is_moved_along_learns_of_it() {
    let world = World::new().await;
    for person in [LAN, HOA] {
        world.people.learns(person, forms::Fact::HouseholderNumber, number(LAN).as_str().to_owned());
    }
    let started = world.started_with(&together_with(HOA)).await;
    // The officer reads them by name.
    let code = started.code.clone().unwrap();
    let view =
        world.run(async |tx| dossier_read_in_office(&world.cx, tx, &decider(), &code).await).await.unwrap();
    let name = view.facts.parties["member"][0].value(forms::Fact::Name, date(2026, 11, 20));
    assert_eq!(name.text().as_deref(), Some("Lê Thị Hoa"));
    assert!(world.told(HOA).await.is_empty());
    world
        .run(async |tx| dossier_approve(&world.cx, tx, &decider(), &seen(&started), "").await)
        .await
        .unwrap();
    let told = world.told(HOA).await;
    assert!(told.len() == 1 && told[0].contains("Nơi cư trú của bạn"), "{told:?}");
}

#[tokio::test]
async fn the_head_gives_work_to_others_and_stops_what_cannot_be_decided() {
    let world = World::new().await;
    let started = world.started().await;
    let officer =
        contracts::ports::Officer {
            account: account(14), name: "Hà".into(), role: contracts::Role::Decider
        };
    let denied = world.run(async |tx| dossier_assign(tx, &decider(), &seen(&started), &officer).await).await;
    assert!(matches!(denied, Err(DossierError::Forbidden)));
    let given =
        world.run(async |tx| dossier_assign(tx, &head(), &seen(&started), &officer).await).await.unwrap();
    assert_eq!(world.view(given.dossier).await.dossier.assignee, Some(account(14)));
    let stopped = world
        .run(async |tx| dossier_stop(&world.cx, tx, &head(), &seen(&given), "Người nộp đã mất").await)
        .await
        .unwrap();
    assert_eq!(stopped.status, Status::Stopped.number());
    let late = world.run(async |tx| dossier_receive(&world.cx, tx, &receiver(), &seen(&stopped)).await).await;
    assert!(matches!(late, Err(DossierError::WrongStatus(Status::Stopped))));
}
