//! What officers do at their desk, in the domain's words.

use crate::{
    World,
    browser::Browser,
    cast::{Official, PASSWORD},
};

impl Browser {
    /// Signs in at the desk with password and one-time code.
    pub async fn takes_duty(&self, world: &World, officer: &Official) {
        self.opens("/desk/sign-in").await;
        self.enters_duty(officer.login, PASSWORD, &world.one_time_code(officer)).await;
        self.sees(officer.name).await;
    }

    /// Fills in and sends the desk's sign-in page.
    pub async fn enters_duty(&self, login: &str, password: &str, code: &str) {
        self.fills("login", login).await;
        self.fills("password", password).await;
        self.fills("code", code).await;
        self.clicks("main form button[type=submit]").await;
    }

    /// Finds the dossier in the inbox, as soon as it has arrived there, and opens it. A drawer that is open stays open.
    pub async fn opens_from_inbox(&self, code: &str) {
        if !self.address().await.starts_with("/desk?drawer=") {
            self.opens("/desk").await;
        }
        let line = format!("a[href='/desk/dossiers/{code}']");
        self.until(&format!("dossier {code} in the inbox"), || async {
            if self.has(&line).await {
                return Some(());
            }
            self.reloads().await;
            None
        })
        .await;
        self.clicks(&line).await;
    }

    /// Presses a button of the decision bar; `action` is its word in addresses.
    pub async fn decides(&self, action: &str) {
        self.clicks(&format!(".decision button[value='{action}'], .decision a[href*='do={action}']")).await;
    }

    /// Sends the form that the bar opened.
    pub async fn confirms(&self) {
        self.clicks("#task button[name='do']").await;
    }

    pub async fn is_offered(&self, action: &str) -> bool {
        self.has(&format!(".decision button[value='{action}'], .decision a[href*='do={action}']")).await
    }

    pub async fn receives(&self, code: &str) {
        self.opens_from_inbox(code).await;
        self.decides("receive").await;
    }

    /// Asks for one thing in one request. `key` is a template of the service (`t.code`) or a field (`f.path`).
    pub async fn asks_for(&self, key: &str, note: &str) {
        self.decides("supplement").await;
        self.chooses("pick", key).await;
        self.fills(&format!("note.{key}"), note).await;
        self.confirms().await;
    }

    pub async fn approves(&self) {
        self.decides("approve").await;
        self.confirms().await;
    }

    pub async fn proposes_refusal(&self, reason: &str, note: &str) {
        self.decides("refuse").await;
        self.chooses("reason", reason).await;
        self.fills("note", note).await;
        self.confirms().await;
    }

    pub async fn leaves_duty(&self) {
        self.clicks("header button.sign-out").await;
    }
}
