//! The second person on an officer's account: one of two, and not the other's puppet.

use contracts::{AccountId, Actor, LoginStrength, Role, Who};
use identity::{
    model::Period,
    ops::{
        self,
        staff_create::NewStaff,
        staff_grant::{Grant, Granted},
    },
};

use crate::world::{World, agency, code_of};

const MONTH_S: i64 = 30 * 24 * 3600;

/// What one officer had to do with another's account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tie {
    Nothing,
    /// A role that decides on nobody's account.
    SmallRole,
    SetUpCode,
    Proposed,
    Confirmed,
    ResetProposed,
    ResetConfirmed,
}

const TIES: [Tie; 7] = [
    Tie::Nothing,
    Tie::SmallRole,
    Tie::SetUpCode,
    Tie::Proposed,
    Tie::Confirmed,
    Tie::ResetProposed,
    Tie::ResetConfirmed,
];

struct Office {
    w: World,
    /// Two with whom nobody here has anything to do.
    admin: Actor,
    head: Actor,
}

fn acting(account: AccountId, role: Role) -> Actor {
    let who = Who::Staff { agency: agency(), role, name: "Lê Văn Mới".into() };
    Actor { account, who, strength: LoginStrength::Two }
}

impl Office {
    async fn new() -> Self {
        let w = World::new().await;
        let admin = w.actor("quan.tri", Role::Administrator).await;
        let head = w.actor("thu.truong", Role::Head).await;
        Self { w, admin, head }
    }

    async fn created(&self, by: &Actor, login: &str, role: Role) -> AccountId {
        let new = NewStaff {
            login: login.into(),
            name: "Lê Văn Mới".into(),
            agency: agency(),
            role,
            period: Period::default(),
        };
        ops::staff_create(&self.w.cx, by, &new).await.unwrap().account
    }

    /// How a role that is proposed by one and confirmed by another ends.
    async fn granted(
        &self,
        proposer: &Actor,
        confirmer: &Actor,
        account: AccountId,
        role: Role,
    ) -> &'static str {
        let grant = Grant { account, agency: agency(), role, period: Period::default() };
        let mut tx = self.w.begin().await;
        let proposed = ops::staff_grant(&self.w.cx, &mut tx, proposer, &grant).await;
        let Granted::Proposed(proposal) = tx.finish(proposed).await.unwrap() else { return "alone" };
        let mut tx = self.w.begin().await;
        let confirmed = ops::staff_grant_confirm(&mut tx, confirmer, account, proposal).await;
        code_of(tx.finish(confirmed).await)
    }

    async fn reset(&self, proposer: &Actor, confirmer: &Actor, account: AccountId) -> &'static str {
        let mut tx = self.w.begin().await;
        let proposed = ops::staff_reset_propose(&mut tx, proposer, account, &agency()).await;
        let proposal = tx.finish(proposed).await.unwrap();
        let mut tx = self.w.begin().await;
        let confirmed = ops::staff_reset_confirm(&self.w.cx, &mut tx, confirmer, account, proposal).await;
        code_of(tx.finish(confirmed).await.map(drop))
    }

    /// Somebody in a role who is tied to a maker, with others' help where it takes two.
    async fn made(&self, maker: &Actor, tie: Tie, login: &str, role: Role) -> Actor {
        let Self { w, admin, head } = self;
        let account = match tie {
            Tie::Nothing | Tie::SmallRole | Tie::ResetProposed | Tie::ResetConfirmed => {
                w.officer(login, role).await
            }
            Tie::SetUpCode => self.created(maker, login, Role::Receiver).await,
            Tie::Proposed | Tie::Confirmed => w.officer(login, Role::Receiver).await,
        };
        let made = match tie {
            Tie::Nothing => "ok",
            Tie::SmallRole => match self.granted(maker, head, account, Role::Auditor).await {
                "alone" => "ok",
                other => other,
            },
            Tie::SetUpCode => self.granted(admin, head, account, role).await,
            Tie::Proposed => self.granted(maker, head, account, role).await,
            Tie::Confirmed => self.granted(admin, maker, account, role).await,
            Tie::ResetProposed => self.reset(maker, head, account).await,
            Tie::ResetConfirmed => self.reset(admin, maker, account).await,
        };
        assert_eq!(made, "ok", "{tie:?} {role:?}");
        acting(account, role)
    }

    /// How this pair ends on a new administrator and on a reset.
    async fn pair(&self, proposer: &Actor, confirmer: &Actor, login: &str) -> [&'static str; 2] {
        let somebody = self.w.officer(login, Role::Receiver).await;
        [
            self.granted(proposer, confirmer, somebody, Role::Administrator).await,
            self.reset(proposer, confirmer, somebody).await,
        ]
    }
}

#[tokio::test]
async fn nobody_confirms_beside_whoever_made_them_lately_whichever_of_the_two_proposes() {
    let office = Office::new().await;
    let maker = office.w.actor("chu.muu", Role::Administrator).await;
    let mut made = Vec::new();
    for (n, tie) in TIES.into_iter().enumerate() {
        for (m, role) in [Role::Administrator, Role::Head].into_iter().enumerate() {
            made.push((tie, n * 2 + m, office.made(&maker, tie, &format!("duoc.lam.{n}{m}"), role).await));
        }
    }
    // A second short of a month, and a month.
    for (round, wait_s) in [MONTH_S - 1, 1].into_iter().enumerate() {
        office.w.wait(wait_s);
        for (tie, n, puppet) in &made {
            let tied = round == 0 && !matches!(tie, Tie::Nothing | Tie::SmallRole);
            let said = if tied { "identity.second_person_tied" } else { "ok" };
            let found = office.pair(&maker, puppet, &format!("moi.{round}.{n}a")).await;
            assert_eq!(found, [said; 2], "{tie:?} in round {round}");
            if puppet.staff().unwrap().1 == Role::Administrator {
                let found = office.pair(puppet, &maker, &format!("moi.{round}.{n}b")).await;
                assert_eq!(found, [said; 2], "{tie:?} in round {round}, the other way round");
            }
            // Beside others, everybody is a second person from the first day.
            let found = office.pair(&office.admin, puppet, &format!("moi.{round}.{n}c")).await;
            let own_maker = matches!(tie, Tie::SetUpCode | Tie::Confirmed | Tie::ResetConfirmed);
            let said = if round == 0 && own_maker { "identity.second_person_tied" } else { "ok" };
            assert_eq!(found, [said; 2], "{tie:?} in round {round}, beside the other administrator");
        }
    }
}

#[tokio::test]
async fn every_role_beside_every_tie_may_what_it_may() {
    let office = Office::new().await;
    let maker = office.w.actor("chu.muu", Role::Administrator).await;
    for role in Role::ALL {
        let confirms = matches!(role, Role::Head | Role::Administrator);
        for (n, tie) in TIES.into_iter().enumerate() {
            // A role that one gives alone cannot be proposed: it is there from the beginning.
            let given = if confirms { tie } else { Tie::Nothing };
            let puppet =
                office.made(&maker, given, &format!("nguoi.{role:?}.{n}").to_lowercase(), role).await;
            let said = match (confirms, tie) {
                (false, _) => "identity.forbidden",
                (true, Tie::Nothing | Tie::SmallRole) => "ok",
                (true, _) => "identity.second_person_tied",
            };
            let found = office.pair(&maker, &puppet, &format!("moi.{role:?}.{n}").to_lowercase()).await;
            assert_eq!(found, [said; 2], "{role:?} {tie:?}");
        }
    }
}

#[tokio::test]
async fn an_office_begins_with_two_whom_the_operator_makes_and_grows_from_there() {
    let w = World::new().await;
    let operator = Actor::system();
    let office = Office { admin: operator.clone(), head: operator.clone(), w };
    let first = office.created(&operator, "dau.tien", Role::Administrator).await;
    let second = office.created(&operator, "thu.hai", Role::Head).await;
    let (first, second) = (acting(first, Role::Administrator), acting(second, Role::Head));
    // One alone makes officers who decide on nobody's account, and no administrator.
    let third = office.created(&first, "thu.ba", Role::Receiver).await;
    assert_eq!(
        office.granted(&first, &first, third, Role::Administrator).await,
        "identity.second_person_needed"
    );
    assert_eq!(office.granted(&first, &second, third, Role::Administrator).await, "ok");
    let third = acting(third, Role::Administrator);
    assert_eq!(office.pair(&first, &third, "moi.a").await, ["identity.second_person_tied"; 2]);
    assert_eq!(office.pair(&third, &second, "moi.b").await, ["identity.second_person_tied"; 2]);
    assert_eq!(office.pair(&first, &second, "moi.c").await, ["ok"; 2], "the first two go on");
    // Who is alone again asks the operator, who makes another at once.
    let fourth = office.created(&operator, "thu.tu", Role::Administrator).await;
    assert_eq!(office.pair(&third, &acting(fourth, Role::Administrator), "moi.d").await, ["ok"; 2]);
    assert_eq!(office.reset(&first, &operator, fourth).await, "ok", "or has the operator confirm");
    office.w.wait(MONTH_S);
    assert_eq!(office.pair(&first, &third, "moi.e").await, ["ok"; 2]);
    assert_eq!(office.pair(&third, &second, "moi.f").await, ["ok"; 2]);
}
