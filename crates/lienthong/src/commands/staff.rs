//! `staff create`: the first two officers of an agency, an administrator and a head or a second administrator. From then on
//! people of that agency make each other (`identity::ops::staff_create`).

use std::sync::Arc;

use anyhow::bail;
use base::{Fault, Lang};
use clap::Subcommand;
use contracts::{Actor, AgencyId, Role};
use identity::{IdentityError, model::Period, ops::staff_create::NewStaff};
use webkit::i18n::{Say, Texts};

use crate::{
    app::{App, Database, MIGRATIONS, Parts, TEXTS},
    commands::say,
    config::Config,
};

#[derive(Subcommand)]
pub enum StaffCommand {
    /// Makes an officer's account, and prints the code with which they set it up.
    Create {
        /// With which they sign in, such as an.nguyen.
        #[arg(long)]
        login: String,
        /// Their name, as on the identity card.
        #[arg(long)]
        name: String,
        /// The agency's code, such as CA-X-26740.
        #[arg(long)]
        agency: String,
        /// One of receiver, decider, head, auditor, administrator.
        #[arg(long, value_parser = role)]
        role: Role,
    },
}

fn role(typed: &str) -> Result<Role, String> {
    let words = || Role::ALL.map(|role| role.as_str()).join(", ");
    Role::parse(typed).ok_or_else(|| format!("choose one of {}", words()))
}

pub async fn run(command: StaffCommand, config: &Config) -> anyhow::Result<()> {
    let StaffCommand::Create { login, name, agency, role } = command;
    let database = Database::open(config).await?;
    store::migrate(&database.config, &MIGRATIONS).await?;
    let app = App::build(config, &database.config, Parts::real(&config.data_dir)).await?;
    let agency = AgencyId::new(&agency);
    let new = NewStaff { login, name, agency, role, period: Period::default() };
    let made = identity::ops::staff_create(&app.identity, &Actor::system(), &new).await;
    app.store.close();
    database.close().await?;
    let issued = match made {
        Ok(issued) => issued,
        Err(refused) => bail!(sentences(&refused)?),
    };
    say(format!("{} signs in as {}.", issued.name, issued.login));
    say(format!("Set it up at {}{} with this code:", config.public_url, desk::SET_UP));
    say(issued.code.show().as_str());
    say(format!("The code is good until {}. It is not shown again.", issued.ends_at));
    Ok(())
}

/// What is wrong, each in a sentence.
fn sentences(refused: &IdentityError) -> anyhow::Result<String> {
    let say = Say { texts: Arc::new(Texts::load(&TEXTS)?), lang: Lang::En };
    Ok(match refused.fields() {
        [] => say.code(refused.code(), &[]),
        faults => faults.iter().map(|fault| say.fault(fault)).collect::<Vec<_>>().join(" "),
    })
}
