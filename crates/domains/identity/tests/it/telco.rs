//! A telco of which tests ask what came through it.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};

use async_trait::async_trait;
use base::PersonalNumber;
use contracts::{
    Phone,
    messages::{Messages, ShortMessage, TelcoError},
};
use identity::{
    Current, IdentityError,
    ops::{self, account_open::Opening},
};
use store::jobs::Handlers;

use crate::world::{AN, BINH, World};

/// An's own subscription, a second one of hers, and Bình's.
pub const ANS: &str = "0912345678";
pub const ANS_SECOND: &str = "0867000111";
pub const BINHS: &str = "0987654321";

#[derive(Default)]
pub struct Telco {
    sent: Mutex<Vec<ShortMessage>>,
    pub away: AtomicBool,
    pub refuses: AtomicBool,
}

#[async_trait]
impl Messages for Telco {
    async fn send(&self, message: &ShortMessage) -> Result<(), TelcoError> {
        if self.refuses.load(Ordering::SeqCst) {
            return Err(TelcoError::Refused);
        }
        if self.away.load(Ordering::SeqCst) {
            return Err(TelcoError::Away);
        }
        self.sent.lock().unwrap().push(message.clone());
        Ok(())
    }

    async fn is_subscriber(&self, phone: &Phone, number: &PersonalNumber) -> Result<bool, TelcoError> {
        if self.away.load(Ordering::SeqCst) {
            return Err(TelcoError::Away);
        }
        let known = [(ANS, AN), (ANS_SECOND, AN), (BINHS, BINH)];
        Ok(known.contains(&(phone.as_str(), number.as_str())))
    }
}

impl World {
    /// Runs what waits, and gives the messages that went out since the last time, with their numbers.
    pub async fn messages(&self) -> Vec<(String, String)> {
        let handlers = Handlers::new(identity::jobs::handlers(&self.cx));
        store::jobs::drain(&self.db.store, &handlers).await.unwrap();
        let sent = std::mem::take(&mut *self.telco.sent.lock().unwrap());
        sent.into_iter().map(|m| (m.to.as_str().to_owned(), m.text)).collect()
    }

    /// The code of the last message to a number, of those that went out now.
    pub async fn code_to(&self, phone: &str) -> String {
        let sent = self.messages().await;
        let text = sent.into_iter().rev().find(|(to, _)| to == phone).map(|(_, text)| text);
        text.unwrap_or_else(|| panic!("no message to {phone}"))[..6].to_owned()
    }

    /// Opens an account online, both steps of it.
    pub async fn opened(&self, input: &Opening) -> Result<contracts::AccountId, IdentityError> {
        let ceremony = ops::account_open_ask(&self.cx, input).await?;
        let code = self.code_to(&input.phone).await;
        let opened = ops::account_open_confirm(&self.cx, &ceremony, &code, &input.client.marks).await?;
        Ok(opened.account)
    }

    /// Sets the telephone of somebody who is signed in.
    pub async fn has_phone(&self, me: &Current, phone: &str) {
        let asking = ops::phone_ask(&self.cx, me, phone, base::Lang::Vi).await.unwrap();
        let code = self.code_to(phone).await;
        ops::phone_confirm(&self.cx, me, &asking.ceremony, &[&code]).await.unwrap();
    }
}

pub fn telco() -> Arc<Telco> {
    Arc::default()
}
