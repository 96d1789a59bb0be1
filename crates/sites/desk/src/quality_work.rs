//! The work that follows from what was found in the record: whose, what is wrong with it, until when, and who sees to it.
//! Everybody on the list sees in their own log that they were on it.

use std::sync::Arc;

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use base::{Fault, Kind};
use contracts::{
    CommuneCode, PersonId, Role,
    ports::{Accounts, Officer as Colleague},
};
use maud::{Markup, html};
use registry::quality::{
    Rules,
    ops::{Asked as Wanted, FindingLine, Findings, Step, finding_work, findings_list},
};
use serde::Deserialize;
use store::Tx;
use webkit::{
    Form, Problem, Query, View,
    ui::{self, Choice, Column, Field, Icon, LineKind, Link, Tone, Weight},
};

use crate::{
    Desk,
    kept::{Sent, stamped},
    officer::{Officer, Part, frame},
    quality::{QUALITY, access, area},
    words::Words,
};

/// Where the list is.
pub const WORK: &str = "/desk/quality/work";

/// The address of a list. Whatever does not fit is read as not asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Asked {
    pub commune: String,
    pub rule: String,
    pub mine: String,
    pub after: String,
}

impl Asked {
    fn wanted(&self, officer: &Officer) -> Wanted {
        let set = |text: &str| (!text.trim().is_empty()).then(|| text.trim().to_owned());
        Wanted {
            commune: set(&self.commune).map(CommuneCode),
            rule: set(&self.rule),
            of: (self.mine == "1").then_some(officer.actor.account),
            after: set(&self.after),
        }
    }

    fn href(&self) -> String {
        let pairs =
            [("commune", &self.commune), ("rule", &self.rule), ("mine", &self.mine), ("after", &self.after)];
        let mut out = form_urlencoded::Serializer::new(String::new());
        for (name, value) in pairs.iter().filter(|(_, value)| !value.is_empty()) {
            out.append_pair(name, value);
        }
        let query = out.finish();
        if query.is_empty() { WORK.into() } else { format!("{WORK}?{query}") }
    }
}

/// The list of a commune, of one rule or (empty) of all.
pub fn href(commune: Option<&CommuneCode>, rule: &str) -> String {
    let commune = commune.map_or_else(String::new, |c| c.as_str().to_owned());
    Asked { commune, rule: rule.to_owned(), ..Asked::default() }.href()
}

/// `GET /desk/quality/work`.
pub async fn show(
    State(desk): State<Arc<Desk>>,
    officer: Officer,
    view: View,
    Query(asked): Query<Asked>,
) -> Result<Markup, Problem> {
    let mut tx = desk.store.begin().await?;
    let outcome = async {
        let found = findings_list(&mut tx, &access(&officer), &desk.quality, &asked.wanted(&officer)).await?;
        Ok::<_, Problem>((found, colleagues(&desk, &mut tx, &officer).await?))
    };
    let outcome = outcome.await;
    let (found, colleagues) = match outcome {
        Ok(read) => tx.finish::<_, store::StoreError>(Ok(read)).await?,
        Err(problem) => return Err(problem),
    };
    let words = Words::new(&view, &desk);
    Ok(page(&words, &view, &officer, &desk.quality.rules, &asked, (&found, &colleagues)))
}

/// Who of the agency can be given work.
async fn colleagues(desk: &Desk, tx: &mut Tx, officer: &Officer) -> Result<Vec<Colleague>, Problem> {
    let mut all = desk.identity.officers(tx, &officer.agency).await?;
    all.retain(|c| matches!(c.role, Role::Decider | Role::Head) && c.account != officer.actor.account);
    Ok(all)
}

/// `POST /desk/quality/work`: takes a finding, gives it to a colleague, puts it back, or explains it.
pub async fn step(State(desk): State<Arc<Desk>>, view: View, sent: Sent) -> Result<Response, Problem> {
    let (officer, form) = sent.of_this_duty()?;
    let person: PersonId = form.raw("person").parse().map_err(|_| Problem::not_found())?;
    let rule = form.line("rule");
    let (step, said) = match form.raw("step") {
        "take" => {
            let (officer, name) = (officer.actor.account, officer.name.clone());
            (Step::Take { officer, name, due_on: None }, "desk-quality-taken")
        }
        "give" => match colleague(&desk, &officer, form.raw("officer")).await? {
            Some(Colleague { account, name, .. }) => {
                (Step::Take { officer: account, name, due_on: None }, "desk-quality-given")
            }
            None => {
                let flash = view.flash(Tone::Danger, view.t("desk-quality-nobody-chosen"));
                return Ok((flash, Redirect::to(&shown(&form).href())).into_response());
            }
        },
        "release" => (Step::Release, "desk-quality-released"),
        "explain" => (Step::Explain { reason: form.line("reason") }, "desk-quality-explained"),
        _ => return Err(Problem::not_found()),
    };
    let mut tx = desk.store.begin().await?;
    let done = finding_work(&mut tx, &access(&officer), &desk.quality, (person, &rule), &step).await;
    let flash = match tx.finish(done).await {
        Ok(()) => view.flash(Tone::Good, view.t(said)),
        Err(e) if e.kind() == Kind::Invalid => {
            view.flash(Tone::Danger, view.t("desk-quality-reason-missing"))
        }
        Err(e) => return Err(e.into()),
    };
    Ok((flash, Redirect::to(&shown(&form).href())).into_response())
}

/// The list from which the form was sent.
fn shown(form: &Form) -> Asked {
    Asked {
        commune: form.line("commune"),
        rule: form.line("shown"),
        mine: form.line("mine"),
        after: String::new(),
    }
}

/// The colleague who was chosen, by what the agency says of its officers and not by what the form says.
async fn colleague(desk: &Desk, officer: &Officer, chosen: &str) -> Result<Option<Colleague>, Problem> {
    let mut tx = desk.store.begin().await?;
    let all = colleagues(desk, &mut tx, officer).await?;
    let all = tx.finish::<_, store::StoreError>(Ok(all)).await?;
    Ok(all.into_iter().find(|c| c.account.to_string() == chosen))
}

/// The list as a whole.
pub fn page(
    words: &Words<'_>,
    view: &View,
    officer: &Officer,
    rules: &Rules,
    asked: &Asked,
    (found, colleagues): (&Findings, &[Colleague]),
) -> Markup {
    let title = view.t("desk-quality-work");
    let top = Asked { after: String::new(), ..asked.clone() };
    let mine = asked.mine == "1";
    let links = [
        Link::new(Asked { mine: String::new(), ..top.clone() }.href(), view.t("desk-quality-everybody"))
            .current(!mine),
        Link::new(Asked { mine: "1".to_owned(), ..top.clone() }.href(), view.t("desk-quality-mine"))
            .current(mine),
    ];
    let overview = match asked.commune.as_str() {
        "" => QUALITY.to_owned(),
        commune => format!("{QUALITY}?commune={commune}"),
    };
    frame(words, view, officer, Part::Quality, &title).page(html! {
        (crate::styles(view))
        (ui::back_link(&overview, &view.t("desk-quality-title")))
        h1 { (title) }
        p.lead { (words.place(found.commune.as_str())) }
        p.quiet { (view.t("desk-quality-seen")) }
        (ui::filters(view, &links))
        @if let Some(rule) = rules.rule(&asked.rule) {
            p.desk-row { strong { (rule.name(view.lang())) } a href=(Asked { rule: String::new(), ..top.clone() }.href()) { (view.t("desk-quality-all-rules")) } }
        }
        @if found.page.items.is_empty() {
            (ui::empty(Icon::Check, &view.t("desk-quality-work-none"), html! { p { (view.t("desk-quality-work-none-text")) } }))
        } @else {
            div.desk-list { (table(words, view, (officer, colleagues), rules, asked, &found.page.items)) }
            @let next = found.page.next.as_ref().map(|after| Asked { after: after.clone(), ..top.clone() }.href());
            (ui::pagination(view, None, next.as_deref()))
        }
    })
}

fn table(
    words: &Words<'_>,
    view: &View,
    who: (&Officer, &[Colleague]),
    rules: &Rules,
    asked: &Asked,
    lines: &[FindingLine],
) -> Markup {
    let columns = [
        "desk-quality-person",
        "desk-quality-rule",
        "desk-quality-due",
        "desk-quality-officer",
        "desk-quality-do",
    ]
    .map(|key| Column::new(view.t(key)));
    let today = base::vietnam_date(view.now());
    let rows: Vec<Vec<Markup>> = lines
        .iter()
        .map(|line| {
            let born = line.birth_date.map(base::PartialDate::display_vi).unwrap_or_default();
            let number = line.number_masked.clone().unwrap_or_default();
            let rule = rules.rule(&line.rule).map_or(line.rule.as_str(), |rule| rule.name(view.lang()));
            vec![
                html! { (line.name) br; span.quiet { (born) " · " (number) } },
                html! { (rule) br; span.quiet { (area(view, line.area)) } },
                html! { (view.date(line.due_on)) " " (words.due_tag(line.due_on, today)) },
                html! { @match &line.officer { Some((_, name)) => { (name) } None => { span.quiet { (view.t("desk-quality-nobody")) } } } },
                actions(view, who, asked, line),
            ]
        })
        .collect();
    ui::table(view, &view.t("desk-quality-work"), &columns, &rows)
}

fn actions(
    view: &View,
    (officer, colleagues): (&Officer, &[Colleague]),
    asked: &Asked,
    line: &FindingLine,
) -> Markup {
    let begin = || {
        html! {
            (view.csrf()) (stamped(officer))
            input type="hidden" name="person" value=(line.person);
            input type="hidden" name="rule" value=(line.rule);
            input type="hidden" name="shown" value=(asked.rule);
            input type="hidden" name="commune" value=(asked.commune);
            input type="hidden" name="mine" value=(asked.mine);
        }
    };
    let mine = line.officer.as_ref().is_some_and(|(account, _)| *account == officer.actor.account);
    let (step, text) = if mine { ("release", "desk-quality-release") } else { ("take", "desk-quality-take") };
    let given: Vec<Choice> =
        colleagues.iter().map(|c| Choice::new(c.account.to_string(), c.name.clone())).collect();
    let has = line.officer.as_ref().map(|(account, _)| account.to_string());
    let chosen = has.as_deref().unwrap_or_default();
    let field = Field::new("reason", view.t("desk-quality-reason")).hint(view.t("desk-quality-reason-hint"));
    html! {
        form.desk-inline method="post" action=(WORK) { (begin()) (ui::submit_as(Weight::Secondary, "step", step, &view.t(text))) }
        @if !colleagues.is_empty() {
            (ui::details(&view.t("desk-quality-give"), html! {
                form method="post" action=(WORK) {
                    (begin())
                    (ui::select(view, &Field::new("officer", view.t("desk-quality-give-to")), &given, chosen))
                    (ui::submit_as(Weight::Secondary, "step", "give", &view.t("desk-quality-give-go")))
                }
            }))
        }
        (ui::details(&view.t("desk-quality-explain"), html! {
            form method="post" action=(WORK) {
                (begin())
                (ui::line(view, &field, "", LineKind::Text))
                (ui::submit_as(Weight::Secondary, "step", "explain", &view.t("desk-quality-explain-send")))
            }
        }))
    }
}
