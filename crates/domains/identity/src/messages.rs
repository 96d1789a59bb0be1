//! What goes to telephones: codes, and notices for who cannot sign in.
//!
//! A message is a job: nobody waits for the telco. Where it does not answer, the job leaves another one behind, later and
//! later, until the message is too old; its id stays, so that it is sent once. While a telco is silent it is not asked for
//! each message anew, because other jobs wait behind these. Number and words stand sealed in the job and are never logged. A notice says what happened to an
//! account and names nobody; no text holds a link, so that one that does is known as false.

use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use base::{Lang, Text};
use contracts::{
    AccountId, Phone,
    messages::{Messages, ShortMessage, TelcoError},
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use store::{Job, JobHandler, RowExt, Tx, jobs::JobError};
use uuid::Uuid;

use crate::{
    Identity, IdentityError, LockReason,
    enrolment::RefusalReason,
    ops::totp_enrol::place,
    rows::AuthenticatorId,
    sql_messages as sql,
    throttle::{self, Door},
};

pub(crate) const QUEUE: &str = "identity.message";
/// The wait after a try doubles up to this.
const WAIT_S_MAX: i64 = 600;
/// How long a telco that did not answer is left alone.
const SILENCE: SignedDuration = SignedDuration::from_secs(10);
/// A notice that could not be handed over for so long is old.
const NOTICE_LIFE: SignedDuration = SignedDuration::from_hours(12);

/// What a job carries.
#[derive(Serialize, Deserialize)]
struct Waiting {
    message: Uuid,
    /// The number and the text, sealed for this message, in hexadecimal.
    sealed: String,
    until: Timestamp,
    tries: u32,
}

impl Waiting {
    fn enqueue(&self, tx: &mut Tx, at: Timestamp) {
        let job = tx.new_uuid();
        tx.enqueue(job, QUEUE, serde_json::json!(self), at);
    }

    /// Once more, unless it is too old by then.
    fn later(mut self, tx: &mut Tx) {
        let wait = 1i64.checked_shl(self.tries).unwrap_or(WAIT_S_MAX).min(WAIT_S_MAX);
        let at = tx.now() + SignedDuration::from_secs(wait);
        self.tries = (self.tries + 1).min(u32::BITS);
        if at < self.until {
            self.enqueue(tx, at);
        } else {
            tracing::warn!(message = %self.message, "a message was not handed over in its time");
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Sealed {
    to: String,
    text: String,
}

/// Leaves a message in the transaction; after `until` it is not sent any more.
pub(crate) fn send(
    cx: &Identity,
    tx: &mut Tx,
    to: &Phone,
    text: String,
    until: Timestamp,
) -> Result<(), IdentityError> {
    let (message, now) = (tx.new_uuid(), tx.now());
    let sealed = serde_json::to_vec(&Sealed { to: to.as_str().to_owned(), text }).map_err(|_| BROKEN)?;
    let sealed = hex::encode(cx.keys.seal(tx.entropy(), message.as_bytes(), &sealed)?);
    Waiting { message, sealed, until, tries: 0 }.enqueue(tx, now);
    Ok(())
}

/// Hands messages to the telco.
pub(crate) struct Deliver {
    cx: Identity,
    silent_until: Mutex<Option<Timestamp>>,
}

impl Deliver {
    pub fn new(cx: &Identity) -> Self {
        Self { cx: cx.clone(), silent_until: Mutex::default() }
    }

    fn silent_until(&self) -> MutexGuard<'_, Option<Timestamp>> {
        self.silent_until.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn hand_over(&self, telco: &dyn Messages, waiting: &Waiting) -> Result<(), Undelivered> {
        let bytes = self.cx.keys.open(waiting.message.as_bytes(), &hex::decode(&waiting.sealed)?)?;
        let Sealed { to, text } = serde_json::from_slice(&bytes)?;
        let to = Phone::parse(&to).ok_or(BROKEN)?;
        Ok(telco.send(&ShortMessage { id: waiting.message, to, text }).await?)
    }
}

/// Why a message is still here.
#[derive(Debug, thiserror::Error)]
enum Undelivered {
    #[error(transparent)]
    Telco(#[from] TelcoError),
    #[error("what waits is not well formed")]
    Hexadecimal(#[from] hex::FromHexError),
    #[error("what waits is not well formed")]
    Json(#[from] serde_json::Error),
    #[error(transparent)]
    Sealed(#[from] IdentityError),
}

#[async_trait]
impl JobHandler for Deliver {
    fn queue(&self) -> &'static str {
        QUEUE
    }

    async fn run(&self, tx: &mut Tx, job: &Job) -> Result<(), JobError> {
        let waiting: Waiting = serde_json::from_value(job.payload.clone())?;
        let (now, Some(telco)) = (tx.now(), &self.cx.messages) else { return Ok(()) };
        if waiting.until <= now {
            tracing::warn!(message = %waiting.message, "a message was not handed over in its time");
            return Ok(());
        }
        if self.silent_until().is_some_and(|until| until > now) {
            waiting.later(tx);
            return Ok(());
        }
        match self.hand_over(telco.as_ref(), &waiting).await {
            Ok(()) => Ok(()),
            Err(Undelivered::Telco(TelcoError::Away)) => {
                *self.silent_until() = Some(now + SILENCE);
                waiting.later(tx);
                Ok(())
            }
            Err(Undelivered::Telco(TelcoError::Refused)) => {
                tracing::warn!(message = %waiting.message, "the telco refuses a message");
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// What somebody is told who may not be able to sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Notice {
    Approved,
    Remind,
    Refused(RefusalReason),
    Expired,
    Locked(LockReason),
    Unlocked,
    RecoveryAsked,
    Recovered,
    Reset,
    PhoneChanged,
    /// Somebody asked for an account and has one.
    HasAccount,
    NumberNew,
    NumberOver,
    /// Two records became one.
    OneAccount,
}

impl Notice {
    pub fn words(self) -> Text {
        let (vi, en) = match self {
            Self::Locked(reason) => {
                let (why, next) = (reason.words(), reason.next());
                return Text::new(
                    format!("Tài khoản định danh của bạn vừa bị khóa {}. {}", why.vi, next.vi),
                    format!("Your identity account was locked {}. {}", why.en, next.en),
                );
            }
            Self::Refused(reason) => {
                let why = reason.words();
                return Text::new(
                    format!(
                        "Hồ sơ tài khoản định danh không được duyệt: {}. Xem thêm bằng mã trên giấy nhận tại quầy.",
                        why.vi
                    ),
                    format!(
                        "Your file for an identity account was refused: {}. Read more with the code on your paper.",
                        why.en
                    ),
                );
            }
            Self::Approved => (
                "Tài khoản định danh đã được duyệt. Hãy kích hoạt trong 7 ngày bằng mã trên tờ giấy nhận tại quầy.",
                "Your identity account was approved. Activate it within 7 days with the code on the paper from the counter.",
            ),
            Self::Remind => (
                "Tài khoản định danh chưa được kích hoạt. Còn 2 ngày nữa là hết hạn.",
                "Your identity account is not activated yet. Two days are left.",
            ),
            Self::Expired => (
                "Tài khoản định danh đã đóng vì không được kích hoạt trong 7 ngày. Bạn có thể làm hồ sơ mới.",
                "Your identity account was closed because it was not activated within 7 days. You can make a new file.",
            ),
            Self::Unlocked => (
                "Tài khoản định danh của bạn đã được mở khóa. Nếu bạn không biết việc này, hãy khóa lại ngay và báo công an xã, phường.",
                "Your identity account was unlocked. If you know nothing of this, lock it at once and tell the commune police.",
            ),
            Self::RecoveryAsked => (
                "Có người xin lấy lại tài khoản định danh của bạn nhờ hai người giúp. Nếu không phải bạn, hãy báo công an xã, phường ngay.",
                "Somebody asked to get into your identity account with the help of two people. If it was not you, tell the commune police at once.",
            ),
            Self::Recovered => (
                "Tài khoản định danh của bạn vừa có mật khẩu mới nhờ hai người giúp. Nếu không phải bạn, hãy báo công an xã, phường ngay.",
                "Your identity account has a new password with the help of two people. If it was not you, tell the commune police at once.",
            ),
            Self::Reset => (
                "Mật khẩu tài khoản định danh của bạn vừa được xóa tại quầy để đặt lại. Nếu bạn không đến quầy, hãy báo công an xã, phường ngay.",
                "The password of your identity account was removed at a counter, to be set anew. If you were not there, tell the commune police at once.",
            ),
            Self::PhoneChanged => (
                "Số điện thoại này không còn gắn với tài khoản định danh của bạn. Nếu không phải bạn đổi, hãy khóa tài khoản ngay.",
                "This number is no longer that of your identity account. If you did not change it, lock the account at once.",
            ),
            Self::HasAccount => (
                "Có người vừa xin mở tài khoản định danh với thông tin của bạn, nhưng bạn đã có tài khoản. Nếu là bạn, hãy đăng nhập; nếu quên mật khẩu, hãy đến công an xã, phường.",
                "Somebody just asked for an identity account with your details, but you have one. If it was you, sign in; if you forgot the password, go to the commune police.",
            ),
            Self::NumberNew => (
                "Số định danh cá nhân của bạn đã thay đổi. Từ nay hãy đăng nhập bằng số mới; số cũ không còn dùng để đăng nhập.",
                "Your personal number changed. From now on sign in with the new one; the old one no longer signs in.",
            ),
            Self::NumberOver => (
                "Số định danh cá nhân của bạn không còn hiệu lực, nên không còn dùng để đăng nhập. Khi có số mới, hãy đăng nhập bằng số mới.",
                "Your personal number is no longer in force and no longer signs in. Once you have a new one, sign in with that.",
            ),
            Self::OneAccount => (
                "Hai hồ sơ dân cư của bạn đã được hợp nhất. Hãy dùng tài khoản này; tài khoản kia đã bị khóa.",
                "Your two records became one. Use this account; the other one was locked.",
            ),
        };
        Text::new(vi, en)
    }

    /// Which language the person reads is not known where nobody is signed in: both.
    fn text(self) -> String {
        let Text { vi, en } = self.words();
        format!("{vi}\n{en}")
    }
}

/// Tells the holder on their telephone, where there is one and somebody carries messages. Best effort.
pub(crate) async fn tell_by_message(
    cx: &Identity,
    tx: &mut Tx,
    account: AccountId,
    notice: Notice,
) -> Result<(), IdentityError> {
    if cx.messages.is_none() {
        return Ok(());
    }
    match phone_of(cx, tx, account).await? {
        Some(phone) => notify(cx, tx, &phone, notice),
        None => Ok(()),
    }
}

/// The same for what anybody can cause: counted at the telephone's door like every other message. Where that is shut none
/// goes, and none later.
pub(crate) async fn tell_by_counted_message(
    cx: &Identity,
    tx: &mut Tx,
    account: AccountId,
    notice: Notice,
) -> Result<(), IdentityError> {
    if cx.messages.is_none() {
        return Ok(());
    }
    let Some(phone) = phone_of(cx, tx, account).await? else { return Ok(()) };
    let door = Door::MessagePhone.key(&cx.keys, phone.as_str().as_bytes());
    if throttle::passes(tx, &door).await? { notify(cx, tx, &phone, notice) } else { Ok(()) }
}

pub(crate) fn notify(cx: &Identity, tx: &mut Tx, to: &Phone, notice: Notice) -> Result<(), IdentityError> {
    let until = tx.now() + NOTICE_LIFE;
    send(cx, tx, to, notice.text(), until)
}

async fn phone_of(cx: &Identity, tx: &Tx, account: AccountId) -> Result<Option<Phone>, IdentityError> {
    let Some(row) = tx.query_opt(sql::PHONE_OF, &[&account]).await? else { return Ok(None) };
    open_phone(cx, account, row.col("authenticator_id")?, row.col("secret")?).map(Some)
}

/// A telephone as it is stored.
pub(crate) fn seal_phone(
    cx: &Identity,
    tx: &Tx,
    account: AccountId,
    id: AuthenticatorId,
    phone: &Phone,
) -> Result<Vec<u8>, IdentityError> {
    cx.keys.seal(tx.entropy(), &place(account, id), phone.as_str().as_bytes())
}

pub(crate) fn open_phone(
    cx: &Identity,
    account: AccountId,
    id: AuthenticatorId,
    sealed: &[u8],
) -> Result<Phone, IdentityError> {
    let bytes = cx.keys.open(&place(account, id), sealed)?;
    std::str::from_utf8(&bytes).ok().and_then(Phone::parse).ok_or(BROKEN)
}

/// For what a code is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asks {
    SignIn,
    Opening,
    /// A telephone that is to belong to an account, or no longer.
    Phone,
}

/// The text with a code: for what it is, who asks, how long it counts, and that it is told to nobody. Its last line is the
/// form of origin-bound one-time codes, with which a telephone fills the code in on our page and on no other.
pub(crate) fn code_text(cx: &Identity, code: &str, asks: Asks, lang: Lang) -> String {
    let host = host(&cx.address);
    let minutes = crate::ceremony::LIFE.as_mins();
    let why = match asks {
        Asks::SignIn => Text::new("xác nhận đăng nhập", "confirm that you sign in"),
        Asks::Opening => Text::new("mở tài khoản định danh", "open your identity account"),
        Asks::Phone => Text::new(
            "gắn hoặc đổi số điện thoại của tài khoản",
            "set or change the telephone of your account",
        ),
    };
    let why = why.get(lang);
    let words = match lang {
        Lang::Vi => format!(
            "{code} là mã để {why} tại {host}, dùng trong {minutes} phút. Đừng nói mã này cho bất cứ ai, kể cả công an hay cán bộ."
        ),
        Lang::En => format!(
            "{code} is the code to {why} at {host}, for {minutes} minutes. Never tell it to anyone, not even police or officials."
        ),
    };
    format!("{words}\n\n@{host} #{code}")
}

/// Of our public address.
fn host(address: &str) -> &str {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    rest.split(['/', ':']).next().unwrap_or(rest)
}

const BROKEN: IdentityError = IdentityError::Crypto("a telephone or a message is not well formed");

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Notice; 12] = [
        Notice::Approved,
        Notice::Remind,
        Notice::Expired,
        Notice::Unlocked,
        Notice::RecoveryAsked,
        Notice::Recovered,
        Notice::Reset,
        Notice::PhoneChanged,
        Notice::HasAccount,
        Notice::NumberNew,
        Notice::NumberOver,
        Notice::OneAccount,
    ];

    #[test]
    fn a_notice_is_short_and_leads_nowhere() {
        let locked = LockReason::ALL.iter().map(|reason| Notice::Locked(*reason));
        let refused = RefusalReason::ALL.iter().map(|reason| Notice::Refused(*reason));
        for notice in ALL.into_iter().chain(locked).chain(refused) {
            let text = notice.text();
            assert!(text.chars().count() <= 340, "{notice:?}: {}", text.chars().count());
            assert!(!text.contains("http") && !text.contains("www"), "{text}");
            assert_eq!(text, base::nfc(&text.replace('\n', "\u{1}")).replace('\u{1}', "\n"), "NFC");
        }
    }

    #[test]
    fn the_host_of_an_address_is_named() {
        for (address, host) in [
            ("https://dichvucong.example.vn", "dichvucong.example.vn"),
            ("http://localhost:8080", "localhost"),
            ("", ""),
        ] {
            assert_eq!(super::host(address), host);
        }
    }
}
