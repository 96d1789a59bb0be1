//! Sources contradict each other, and officers choose: one for the higher source, two for the lower.

use std::{io::Cursor, sync::Arc};

use base::Fault;
use contracts::{
    Access, AccountId, Actor, AgencyId, PersonId, Purpose, Role, Who, actor::LoginStrength, ports::Nation,
};
use jiff::{SignedDuration, civil::date};
use registry::{
    RegistryError,
    disputes::{
        DisputeId,
        ops::{
            Choice, DisputeView, dispute_confirm, dispute_list, dispute_read, dispute_send_back,
            dispute_settle,
        },
    },
    import::{Authority, Options, run},
    model::{Item, Source},
    ops::death_register,
};
use uuid::Uuid;

use crate::{
    life::{basis, deciding, record},
    quality::Policed,
    world::{HEADER, World, audit_bodies},
};

const AUTHORITY: &str = include_str!("../../../../../catalogue/authority.toml");

macro_rules! done {
    ($world:expr, |$tx:ident| $operation:expr) => {{
        $world.db.clock.advance(SignedDuration::from_hours(1));
        let mut transaction = $world.begin().await;
        let $tx = &mut transaction;
        let outcome: Result<_, RegistryError> = $operation.await;
        transaction.finish(outcome).await
    }};
}

fn officer(agency: &str, role: Role, account: u128) -> Access {
    let who = Who::Staff { agency: AgencyId::new(agency), role, name: format!("Cán bộ {account}") };
    let actor = Actor { account: AccountId(Uuid::from_u128(account)), who, strength: LoginStrength::Two };
    Access::new(&actor, Purpose::CORRECT_RECORD)
}

fn one() -> Access {
    officer("CA-X-00004", Role::Decider, 1)
}

fn other() -> Access {
    officer("CA-X-00004", Role::Head, 2)
}

fn nation(world: &World) -> Policed {
    Policed(Arc::clone(&world.nation))
}

/// A bank says something else of Chi than the register.
async fn told(world: &World, name: &str, says: &str) -> PersonId {
    let authority = Authority::parse(AUTHORITY).unwrap();
    let provenance = Source::Organisation;
    let options = Options { changes: true, provenance, authority, ..world.options(name) };
    let rows = format!("k3,001190000003,Nguyễn Thị Chi,female,{says},01,,,,,,,,,,,,\n");
    let file = Cursor::new(format!("{HEADER}\n{rows}"));
    let nation = Arc::clone(&world.nation) as Arc<dyn Nation>;
    let summary = run(&world.db.store, nation, file, &options, |_| {}).await.unwrap();
    assert!(summary.disputed > 0, "{}", world.rejects(name));
    world.person("001190000003").await
}

async fn waiting(world: &World) -> Vec<DisputeId> {
    let page = done!(world, |tx| dispute_list(tx, &one(), &nation(world), None)).unwrap();
    page.items.iter().map(|line| line.dispute.id).collect()
}

async fn look(world: &World, id: DisputeId) -> DisputeView {
    done!(world, |tx| dispute_read(tx, &one(), &nation(world), id)).unwrap()
}

async fn choose(world: &World, who: &Access, id: DisputeId, choice: Choice) -> Result<bool, RegistryError> {
    let version = look(world, id).await.dispute.version;
    let why = "Đối chiếu giấy khai sinh";
    done!(world, |tx| dispute_settle(tx, who, &nation(world), (id, version), choice, why))
}

fn code<T>(outcome: Result<T, RegistryError>) -> &'static str {
    outcome.err().map_or("done", |e| e.code())
}

async fn marked(world: &World, person: PersonId) -> bool {
    let connection = world.db.store.connection().await.unwrap();
    let sql = "SELECT conflict FROM registry.person WHERE person_id = $1";
    connection.query_one(sql, &[&person.0]).await.unwrap().get(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn one_officer_keeps_what_the_higher_source_says() {
    let world = World::with_people().await;
    let chi = told(&world, "bank", "1991-05-17,").await;
    let [id] = waiting(&world).await[..] else { panic!("one case") };
    let view = look(&world, id).await;
    assert_eq!((view.dispute.item.as_str(), view.dispute.value.as_str()), ("birth_date", "1991-05-17"));
    assert_eq!((view.held[0].value.as_str(), view.held[0].source.as_str()), ("1990-05-17", "population"));
    assert!(view.two && !view.agrees);
    assert!(choose(&world, &one(), id, Choice::Keep).await.unwrap());

    assert_eq!(waiting(&world).await, []);
    assert!(!marked(&world, chi).await);
    assert_eq!(record(&world, chi).await.value(Item::BirthDate), Some("1990-05-17"));
    let log = audit_bodies(&world.db.store).await;
    for action in ["registry.dispute_list", "registry.dispute_read", "registry.dispute_settle"] {
        assert!(log.iter().any(|b| b.contains(action) && b.contains(&chi.to_string())), "{action}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_lower_source_s_value_takes_two_officers_and_keeps_the_old_one() {
    let world = World::with_people().await;
    let chi = told(&world, "bank", "1991-05-17,").await;
    let [id] = waiting(&world).await[..] else { panic!("one case") };
    assert!(!choose(&world, &one(), id, Choice::Take).await.unwrap(), "it waits for another");
    assert_eq!(record(&world, chi).await.value(Item::BirthDate), Some("1990-05-17"));
    assert_eq!(code(choose(&world, &other(), id, Choice::Keep).await), "registry.case_state");
    let at = (id, look(&world, id).await.dispute.version);
    let own = done!(world, |tx| dispute_confirm(tx, &one(), &nation(&world), at));
    assert_eq!(code(own), "registry.case_four_eyes");
    let why = "Chưa thấy bản chính";
    done!(world, |tx| dispute_send_back(tx, &other(), &nation(&world), at, why)).unwrap();
    assert_eq!(look(&world, id).await.dispute.sent_back.as_deref(), Some(why));

    choose(&world, &one(), id, Choice::Take).await.unwrap();
    let at = (id, look(&world, id).await.dispute.version);
    let stale = (id, at.1 - 1);
    let late = done!(world, |tx| dispute_confirm(tx, &other(), &nation(&world), stale));
    assert_eq!(code(late), "registry.case_state");
    done!(world, |tx| dispute_confirm(tx, &other(), &nation(&world), at)).unwrap();

    let now = record(&world, chi).await;
    assert_eq!(now.value(Item::BirthDate), Some("1991-05-17"));
    assert!(!marked(&world, chi).await);
    let connection = world.db.store.connection().await.unwrap();
    let sql = "SELECT concat_ws('|', value, source) FROM registry.past WHERE item = 'birth_date'";
    let past: String = connection.query_one(sql, &[]).await.unwrap().get(0);
    assert_eq!(past, "1990-05-17|population");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_an_act_of_its_own_is_done_by_that_act_first() {
    let world = World::with_people().await;
    let chi = world.person("001190000003").await;
    // The record says that she died on one day, the bank on another.
    done!(world, |tx| death_register(tx, &deciding(), chi, date(2026, 11, 3), &basis())).unwrap();
    told(&world, "bank", "1990-05-17,2026-11-05").await;
    let [id] = waiting(&world).await[..] else { panic!("one case") };
    assert_eq!(code(choose(&world, &one(), id, Choice::Take).await), "registry.dispute_act_first");
    choose(&world, &one(), id, Choice::Keep).await.unwrap();
    assert!(!marked(&world, chi).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn other_communes_other_roles_and_empty_reasons_settle_nothing() {
    let world = World::with_people().await;
    let chi = told(&world, "bank", "1991-05-17,").await;
    let [id] = waiting(&world).await[..] else { panic!("one case") };
    let elsewhere = officer("CA-X-00070", Role::Head, 3);
    assert_eq!(code(choose(&world, &elsewhere, id, Choice::Keep).await), "registry.no_such_dispute");
    let receiver = officer("CA-X-00004", Role::Receiver, 4);
    assert_eq!(code(choose(&world, &receiver, id, Choice::Keep).await), "registry.forbidden");
    let empty = done!(world, |tx| dispute_settle(tx, &one(), &nation(&world), (id, 1), Choice::Keep, " "));
    assert_eq!(code(empty), "registry.invalid");
    // Two contradictions: the mark goes with the last.
    told(&world, "other", "1992-05-17,").await;
    choose(&world, &one(), id, Choice::Keep).await.unwrap();
    assert!(marked(&world, chi).await);
}
