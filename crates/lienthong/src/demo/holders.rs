//! Holders who are no citizens: an organisation that waits for its representative to activate it, one that waits at the desk,
//! and a foreigner with the officers of the immigration agency who took the file.

use anyhow::Context;
use base::vietnam_date;
use contracts::{Actor, AgencyId, IdentityLevel, LoginStrength, Role, Who};
use identity::{
    Client, Password, Present, RaiseBasis,
    foreigner::Typed as Papers,
    ops::{
        self,
        account_set_up::{SetUp, account_set_up},
        foreigner_collect::{Collecting, Taken, foreigner_collect},
        sign_in::Login,
    },
    organisation::{ops as organisations, typed::Typed},
    seed::{self, SeedStaff},
};
use jiff::{ToSpan, civil::date};

use super::{
    PASSWORD,
    cast::{self, Cast, Citizen, Sample, Stage},
};
use crate::app::App;

/// Officers of the immigration agency: one takes a file, another decides.
const OFFICERS: [(&str, &str); 2] =
    [("xuatnhapcanh1", "Ngô Thị Kim Oanh"), ("xuatnhapcanh2", "Võ Thành Trung")];
/// Of the paper on which a card's days begin, and how long it is good.
const CARD_DAYS_BACK: i64 = 200;
const CARD_DAYS: i64 = 700;

pub async fn settle(app: &App, cast: &Cast) -> anyhow::Result<Vec<Sample>> {
    let (Some(stage), Some(citizen)) = (cast.stages.last(), cast.applicants.last()) else {
        return Ok(Vec::new());
    };
    let local = stage.locals.last().context("a stage has residents")?;
    let waits = form(stage, "Hợp tác xã Rau sạch Mẫu", "QĐ 15/2021 (mẫu)", "Chủ tịch Hội đồng quản trị");
    let ready = form(stage, "Hội Người làm vườn Mẫu", "QĐ 07/2020 (mẫu)", "Chủ tịch Hội");
    organisation(app, stage, citizen, &ready, true).await?;
    organisation(app, stage, local, &waits, false).await?;
    foreigner(app, stage).await
}

fn form(stage: &Stage, name: &str, decision: &str, title: &str) -> Typed {
    Typed {
        kind: "association".into(),
        name: name.into(),
        decision: decision.into(),
        founded_on: Some(date(2020, 4, 1)),
        commune: stage.commune.as_str().to_owned(),
        address: "số 5, phố Mẫu".into(),
        title: title.into(),
        ..Typed::default()
    }
}

async fn organisation(
    app: &App,
    stage: &Stage,
    legal: &Citizen,
    typed: &Typed,
    approve: bool,
) -> anyhow::Result<()> {
    let officer = |role| stage.officer(role).map(|o| &o.actor).context("a stage has officers");
    let (receiver, decider) = (officer(Role::Receiver)?, officer(Role::Decider)?);
    let cx = &app.identity;
    let mut tx = app.store.begin().await?;
    let taken =
        organisations::organisation_collect(cx, &mut tx, receiver, &legal.number.to_string(), typed).await;
    let opened = tx.finish(taken).await?;
    if !approve {
        return Ok(());
    }
    let mut tx = app.store.begin().await?;
    let approved = async {
        let waiting = organisations::organisation_waiting(&mut tx, decider, &stage.agency).await?;
        for one in waiting.iter().filter(|one| one.organisation.id == opened.organisation) {
            organisations::organisation_approve(cx, &mut tx, decider, opened.organisation, one.file.id)
                .await?;
        }
        Ok::<_, identity::IdentityError>(())
    }
    .await;
    Ok(tx.finish(approved).await?)
}

/// Taken, decided on, and in use.
async fn foreigner(app: &App, stage: &Stage) -> anyhow::Result<Vec<Sample>> {
    let province = app.nation.province_of(stage.commune.as_str()).context("a commune lies in a province")?;
    let agency = AgencyId::new(format!("PA08-{province}"));
    let seeds = OFFICERS.map(|(login, name)| SeedStaff {
        login: login.to_owned(),
        name: name.to_owned(),
        agency: agency.clone(),
        role: Role::Decider,
        password: Password::new(PASSWORD),
        totp: cast::totp_secret(login),
    });
    let tx = app.store.begin().await?;
    let made = seed::staff(&app.identity, &tx, &seeds).await;
    let made = tx.finish(made).await?;
    let actors: Vec<Actor> = seeds
        .iter()
        .zip(made)
        .map(|(seed, account)| {
            let who = Who::Staff { agency: agency.clone(), role: seed.role, name: seed.name.clone() };
            Actor { account, who, strength: LoginStrength::Two }
        })
        .collect();
    let [taker, decider] = actors.as_slice() else { anyhow::bail!("two officers were to be made") };

    let cx = &app.identity;
    let Taken::File(file) = foreigner_collect(cx, taker, &papers(app, stage)?).await? else {
        anyhow::bail!("a foreigner of the demo has no account yet")
    };
    let mut tx = app.store.begin().await?;
    let approved = ops::enrol_approve(cx, &mut tx, decider, file.account, file.enrolment).await;
    tx.finish(approved).await?;
    let set_up = SetUp {
        login: Login::Foreigner(file.number.clone()),
        code: file.code,
        password: Password::new(PASSWORD),
        client: Client::default(),
    };
    account_set_up(cx, &set_up).await?;
    let mut samples = vec![Sample {
        who: "Foreigner (/sign-in)".to_owned(),
        login: file.number.as_str().to_owned(),
        note: "SAMPLE JANE, with a temporary residence card".to_owned(),
    }];
    samples.extend(OFFICERS.map(|(login, _)| Sample {
        who: "Officer, immigration (/desk/sign-in)".to_owned(),
        login: login.to_owned(),
        note: format!("one-time code: lienthong demo-code {login}"),
    }));
    Ok(samples)
}

fn papers(app: &App, stage: &Stage) -> anyhow::Result<Collecting> {
    let today = vietnam_date(app.store.clock().now());
    let until = today.checked_add(CARD_DAYS.days())?;
    let typed = Papers {
        name: "SAMPLE JANE".into(),
        birth_date: Some(date(1991, 9, 14)),
        sex: "female".into(),
        nationality: "NZL".into(),
        passport_number: "LX000001".into(),
        passport_until: Some(until),
        card_kind: "temporary_residence_card".into(),
        card_number: "NG0000001".into(),
        card_from: Some(today.checked_sub(CARD_DAYS_BACK.days())?),
        card_until: Some(until),
        commune: stage.commune.as_str().to_owned(),
        ..Papers::default()
    };
    Ok(Collecting {
        typed,
        level: IdentityLevel::Two,
        present: Present::Holder,
        basis: RaiseBasis::CardSeen,
        comparison: None,
        to_check: false,
        guardian: None,
    })
}
