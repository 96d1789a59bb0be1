//! The officer's desk over the whole system: what a page does reaches citizens and the public, and nothing typed is lost.

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use base::Clock;
use contracts::Role;
use http_body_util::BodyExt;
use jiff::SignedDuration;
use serde_json::json;
use tower::ServiceExt;

use crate::{
    requests::{Ask, call},
    system::House,
    world,
};

/// A page with the cookies that it set.
struct Page {
    status: StatusCode,
    to: String,
    cookies: Vec<String>,
    text: String,
}

impl Page {
    /// The value of a hidden field, the first of this name.
    fn hidden(&self, name: &str) -> String {
        let mark = format!("name=\"{name}\" value=\"");
        let after = self.text.split(&mark).nth(1).unwrap();
        after.split('"').next().unwrap().to_owned()
    }
}

/// A browser: keeps cookies, sends forms.
struct Browser<'a> {
    house: &'a House,
    jar: Vec<(String, String)>,
}

impl<'a> Browser<'a> {
    fn new(house: &'a House) -> Self {
        Self { house, jar: Vec::new() }
    }

    async fn send(&mut self, request: axum::http::request::Builder, body: String) -> Page {
        let jar: Vec<String> = self.jar.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = request.header(header::HOST, "localhost").header(header::ACCEPT_LANGUAGE, "vi");
        let request = request.header(header::COOKIE, jar.join("; ")).body(Body::from(body)).unwrap();
        let response = self.house.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let set = parts.headers.get_all(header::SET_COOKIE).iter();
        let cookies: Vec<String> = set.map(|v| v.to_str().unwrap().to_owned()).collect();
        for cookie in &cookies {
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            self.jar.retain(|(known, _)| known != name);
            self.jar.push((name.to_owned(), value.to_owned()));
        }
        let to = parts.headers.get(header::LOCATION).map(|v| v.to_str().unwrap().to_owned());
        let bytes = body.collect().await.unwrap().to_bytes();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Page { status: parts.status, to: to.unwrap_or_default(), cookies, text }
    }

    async fn open(&mut self, path: &str) -> Page {
        self.send(Request::get(path), String::new()).await
    }

    async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        let encoded = |value: &str| value.bytes().map(|b| format!("%{b:02X}")).collect::<String>();
        let pairs: Vec<String> =
            fields.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
        let form = pairs.join("&");
        let request = Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request, form).await
    }

    /// Through the door; what was kept goes along.
    async fn sign_in(&mut self, role: Role, door: &Page) -> Page {
        // A code counts once.
        self.house.db.clock.advance(SignedDuration::from_secs(30));
        let (login, password, code) = world::officer_secrets(role, self.house.db.clock.now());
        let mut fields = vec![("_csrf", door.hidden("_csrf"))];
        for name in ["kept", "as", "next"] {
            if door.text.contains(&format!("name=\"{name}\"")) {
                fields.push((name, door.hidden(name)));
            }
        }
        fields.extend([("login", login), ("password", password), ("code", code)]);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (*n, v.as_str())).collect();
        self.post("/desk/sign-in", &fields).await
    }

    /// A browser in which this officer works.
    async fn of(house: &'a House, role: Role) -> Self {
        let mut browser = Self::new(house);
        let door = browser.open("/desk/sign-in").await;
        let home = browser.sign_in(role, &door).await;
        assert_eq!(home.status, StatusCode::SEE_OTHER, "{}", home.text);
        browser
    }
}

/// A dossier that is being worked on; its code.
async fn in_progress(house: &House) -> String {
    let applicant = house.citizen(0).await;
    let receiver = house.officer(Role::Receiver).await;
    let open = Ask::post("/api/v1/dossiers", json!({ "procedure": world::RESIDENCE })).by(&applicant);
    let id = call(&house.router, &open).await.ok()["id"].as_str().unwrap().to_owned();
    let today = base::vietnam_date(house.db.clock.now());
    let save = format!("/api/v1/dossiers/{id}/answers");
    let answers = json!({ "answers": world::own_dwelling(today) });
    call(&house.router, &Ask::put(save, answers).by(&applicant)).await.ok();
    let read =
        async || call(&house.router, &Ask::get(format!("/api/v1/dossiers/{id}")).by(&applicant)).await.ok();
    let submit = format!("/api/v1/dossiers/{id}/submit");
    let version = read().await["version"].clone();
    call(&house.router, &Ask::post(submit, json!({ "version": version })).by(&applicant).key("s")).await.ok();
    for step in ["receive", "start"] {
        let version = read().await["version"].clone();
        let path = format!("/api/v1/office/dossiers/{id}/{step}");
        call(&house.router, &Ask::post(path, json!({ "version": version })).by(&receiver)).await.ok();
    }
    house.catch_up().await;
    read().await["code"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_paper_that_the_head_revokes_is_revoked_for_whoever_checks_it() {
    let house = House::new(1, 0).await;
    let code = in_progress(&house).await;
    let there = format!("/desk/dossiers/{code}");
    let mut decider = Browser::of(&house, Role::Decider).await;
    let form = decider.open(&format!("{there}?do=approve")).await;
    let sent: Vec<(&str, String)> =
        ["_csrf", "as", "dossier", "version", "key"].map(|name| (name, form.hidden(name))).to_vec();
    let sent: Vec<(&str, &str)> = sent.iter().map(|(n, v)| (*n, v.as_str())).collect();
    let done = decider.post(&format!("{there}/approve"), &sent).await;
    assert_eq!((done.status, &done.to), (StatusCode::SEE_OTHER, &there), "{}", done.text);
    house.catch_up().await;

    let mut head = Browser::of(&house, Role::Head).await;
    let page = head.open(&there).await;
    let revoke = page.text.split("href=\"").find(|at| at.contains("/revoke\"")).unwrap();
    let revoke = revoke.split('"').next().unwrap().to_owned();
    let document = revoke.split('/').rev().nth(1).unwrap().to_owned();
    let check = format!("/api/v1/documents/{document}/verification");
    let standing = async || call(&house.router, &Ask::get(check.clone())).await.ok()["state"].clone();
    assert_eq!(standing().await, "valid");

    // Nobody else is offered it, or gets through.
    assert!(!decider.open(&there).await.text.contains("/revoke\""));
    let form = head.open(&revoke).await;
    let fields = |page: &Page, reason| {
        vec![("_csrf", page.hidden("_csrf")), ("as", page.hidden("as")), ("reason", String::from(reason))]
    };
    let plain = decider.open(&format!("{there}?do=assign")).await;
    let mine = decider.open("/desk/people").await;
    assert_eq!(plain.status, StatusCode::OK);
    let tried = fields(&mine, "Cấp nhầm");
    let tried: Vec<(&str, &str)> = tried.iter().map(|(n, v)| (*n, v.as_str())).collect();
    assert_eq!(decider.post(&revoke, &tried).await.status, StatusCode::FORBIDDEN);
    let empty = fields(&form, " ");
    let empty: Vec<(&str, &str)> = empty.iter().map(|(n, v)| (*n, v.as_str())).collect();
    let again = head.post(&revoke, &empty).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(again.text.contains("<title>Lỗi: ") && again.text.contains("id=\"f-reason-error\""));
    assert_eq!(standing().await, "valid");

    let right = fields(&form, "Cấp nhầm địa chỉ");
    let right: Vec<(&str, &str)> = right.iter().map(|(n, v)| (*n, v.as_str())).collect();
    let done = head.post(&revoke, &right).await;
    assert_eq!((done.status, &done.to), (StatusCode::SEE_OTHER, &there), "{}", done.text);
    assert_eq!(standing().await, "revoked");
    let public = Browser::new(&house).open(&format!("/verify/{document}")).await;
    assert!(public.text.contains("Giấy tờ đã bị thu hồi") && !public.text.contains("Cấp nhầm"));
    let page = head.open(&there).await;
    assert!(page.text.contains("Đã thu hồi") && !page.text.contains("/revoke\""));
}

#[tokio::test]
async fn what_an_officer_typed_survives_the_end_of_the_session_and_is_theirs_alone() {
    let house = House::new(1, 0).await;
    let code = in_progress(&house).await;
    let there = format!("/desk/dossiers/{code}");
    let mut browser = Browser::of(&house, Role::Decider).await;
    let form = browser.open(&format!("{there}?do=refuse")).await;
    let words = "Đã xác minh: không sinh sống tại địa chỉ này.";
    let mut sent: Vec<(&str, String)> =
        ["_csrf", "as", "dossier", "version", "key"].map(|name| (name, form.hidden(name))).to_vec();
    sent.push(("note", words.to_owned()));
    let sent: Vec<(&str, &str)> = sent.iter().map(|(n, v)| (*n, v.as_str())).collect();

    house.db.clock.advance(SignedDuration::from_mins(31));
    let door = browser.post(&format!("{there}/refuse"), &sent).await;
    assert_eq!(door.status, StatusCode::UNAUTHORIZED);
    assert!(door.text.contains("được giữ lại"), "it says so");
    assert!(!door.text.contains("không sinh sống") && door.to.is_empty(), "sealed, and in no address");
    assert!(door.cookies.iter().all(|c| !c.contains("kept")));

    // Without the token of our own page, another site gets nothing kept.
    let foreign: Vec<(&str, &str)> = sent.iter().copied().filter(|(name, _)| *name != "_csrf").collect();
    let refused = browser.post(&format!("{there}/refuse"), &foreign).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);

    // Somebody else at the same machine does not see it.
    let mut jar = browser.jar.clone();
    let other = browser.sign_in(Role::Receiver, &door).await;
    assert!(!other.text.contains("không sinh sống"));
    assert_ne!(other.status, StatusCode::OK);
    std::mem::swap(&mut browser.jar, &mut jar);

    let resumed = browser.sign_in(Role::Decider, &door).await;
    assert_eq!(resumed.status, StatusCode::OK, "{}", resumed.text);
    assert!(resumed.text.contains(words) && resumed.text.contains("chưa được gửi đi"));
    assert!(resumed.text.contains(&format!("action=\"{there}/refuse\"")));
    let read = Ask::get(format!("/api/v1/office/dossiers/{code}")).by(&house.officer(Role::Head).await);
    let dossier = call(&house.router, &read).await.ok();
    assert!(!dossier.to_string().contains(words), "nothing was carried out by itself");
}

#[tokio::test]
async fn what_was_typed_is_kept_for_an_hour() {
    let house = House::new(1, 0).await;
    let code = in_progress(&house).await;
    let there = format!("/desk/dossiers/{code}");
    let mut browser = Browser::of(&house, Role::Decider).await;
    let form = browser.open(&format!("{there}?do=refuse")).await;
    let sent = ["_csrf", "as", "dossier", "version", "key"].map(|name| (name, form.hidden(name)));
    let mut sent: Vec<(&str, &str)> = sent.iter().map(|(n, v)| (*n, v.as_str())).collect();
    sent.push(("note", "Một lời giải thích."));
    house.db.clock.advance(SignedDuration::from_mins(31));
    let door = browser.post(&format!("{there}/refuse"), &sent).await;
    house.db.clock.advance(SignedDuration::from_mins(60));
    let late = browser.sign_in(Role::Decider, &door).await;
    assert_eq!((late.status, &late.to), (StatusCode::SEE_OTHER, &there));
}

#[tokio::test]
async fn an_officer_with_two_duties_chooses_one_and_a_page_of_the_other_sends_nothing() {
    let house = House::new(1, 0).await;
    let code = in_progress(&house).await;
    let there = format!("/desk/dossiers/{code}");
    world::also(&house.app, Role::Decider, Role::Receiver).await;
    let mut browser = Browser::new(&house);
    let door = browser.open("/desk/sign-in").await;
    let next = browser.sign_in(Role::Decider, &door).await;
    assert!(next.to.starts_with("/desk/duty"), "{}", next.to);
    let choice = browser.open(&next.to).await;
    assert!(choice.text.contains("Cán bộ tiếp nhận") && choice.text.contains("Cán bộ giải quyết"));
    let act_as = async |browser: &mut Browser<'_>, role: Role| {
        let page = browser.open("/desk/duty").await;
        let token = page.hidden("_csrf");
        let fields = [("_csrf", token.as_str()), ("agency", world::POLICE), ("role", role.as_str())];
        browser.post("/desk/duty", &fields).await
    };
    assert_eq!(act_as(&mut browser, Role::Decider).await.to, "/desk");
    let form = browser.open(&format!("{there}?do=refuse")).await;
    assert!(form.text.contains("Đổi vai trò"), "the bar leads there");

    // In another window the duty is changed; the page that was open acts under neither.
    assert_eq!(act_as(&mut browser, Role::Receiver).await.to, "/desk");
    let sent = ["_csrf", "as", "dossier", "version", "key"].map(|name| (name, form.hidden(name)));
    let mut sent: Vec<(&str, &str)> = sent.iter().map(|(n, v)| (*n, v.as_str())).collect();
    sent.push(("note", "Một lời giải thích."));
    let refused = browser.post(&format!("{there}/refuse"), &sent).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(refused.text.contains("vai trò khác") && refused.text.contains("Một lời giải thích."));
    assert_eq!(act_as(&mut browser, Role::Head).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn who_locked_themselves_is_let_in_again_at_the_counter_and_by_no_other_way() {
    let house = House::new(1, 0).await;
    let lan = &house.citizens[0];
    let token = house.citizen(0).await;
    let me = call(&house.router, &Ask::get("/api/v1/me").by(&token)).await.ok();
    let account = me["account"].as_str().unwrap().to_owned();
    let number = lan.number.to_string();
    let mut own = Browser::new(&house);
    let door = own.open("/sign-in").await;
    let signed = own
        .post(
            "/sign-in",
            &[("_csrf", &door.hidden("_csrf")), ("number", &number), ("password", world::PASSWORD)],
        )
        .await;
    assert_eq!(signed.status, StatusCode::SEE_OTHER, "{}", signed.text);
    let page = own.open("/account").await;
    own.post("/account/lock", &[("_csrf", &page.hidden("_csrf"))]).await;
    assert_eq!(call(&house.router, &world::sign_in(lan)).await.status, StatusCode::FORBIDDEN);

    // The officers' page reaches officers of the agency alone.
    let mut head = Browser::of(&house, Role::Head).await;
    let page = head.open("/desk/staff").await;
    for step in ["lock", "unlock"] {
        let fields = [("_csrf", page.hidden("_csrf")), ("reason", "own_request".to_owned())];
        let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (*n, v.as_str())).collect();
        let tried = head.post(&format!("/desk/staff/{account}/{step}"), &fields).await;
        assert_eq!(tried.status, StatusCode::NOT_FOUND, "{step}");
    }

    let mut officer = Browser::of(&house, Role::Receiver).await;
    let page = officer.open("/desk/people").await;
    let (csrf, stamp) = (page.hidden("_csrf"), page.hidden("as"));
    let begin = [("_csrf", csrf.as_str()), ("as", stamp.as_str())];
    let asked = [("by", "number"), ("number", number.as_str()), ("purpose", "lock_account")];
    let found = officer.post("/desk/people", &[begin.as_slice(), &asked].concat()).await;
    assert_eq!(found.hidden("account"), account, "{}", found.text);
    let ticket = found.hidden("ticket");
    let carried = [("account", account.as_str()), ("ticket", ticket.as_str())];
    let shown = officer.post("/desk/locks/account", &[begin.as_slice(), &carried].concat()).await;
    assert!(shown.text.contains("Chủ tài khoản đề nghị"), "{}", shown.text);
    let checked =
        [("present", "holder"), ("document", "identity_card"), ("basis", "card_seen"), ("do", "unlock")];
    let unlock = [begin.as_slice(), &carried, &checked].concat();
    let there = "/desk/locks/account/unlock";
    let nameless = officer.post(there, &unlock).await;
    assert_eq!(nameless.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(nameless.text.contains("id=\"f-paper-error\""), "{}", nameless.text);
    let done = officer.post(there, &[unlock.as_slice(), &[("paper", "TK03 số 1")]].concat()).await;
    assert_eq!((done.status, done.to.as_str()), (StatusCode::SEE_OTHER, "/desk/people"), "{}", done.text);
    call(&house.router, &world::sign_in(lan)).await.ok();
    house.catch_up().await;

    // Who stands above a counter, and so may lift what was locked there.
    let (offices, today) =
        (house.app.identity.offices.as_ref().unwrap(), base::vietnam_date(house.db.clock.now()));
    let above = |upper: &str, lower: &str| {
        offices.is_above(&contracts::AgencyId::new(upper), &contracts::AgencyId::new(lower), today)
    };
    assert!(above("CA-T-79", world::POLICE) && above("BCA", world::POLICE));
    assert!(!above("CA-T-01", world::POLICE) && !above(world::POLICE, world::POLICE));
    assert!(!above(world::POLICE, "CA-T-79") && !above("CA-X-00004", world::POLICE));
}
