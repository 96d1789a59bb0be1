//! A person with a browser that keeps cookies and runs no scripts: follows redirects, signs in, answers what is asked.

use std::{collections::BTreeMap, net::SocketAddr, sync::Mutex};

use axum::http::{StatusCode, header};
use jiff::Timestamp;

use crate::{
    http::{self, Answer, Http, Params},
    server::{Citizen, PASSWORD},
};

/// More redirects than any way has.
const STEPS_MAX: usize = 20;

/// What somebody does when a relying party asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Does {
    Allow,
    /// Allows it, also while away.
    AllowAway,
    Refuse,
    /// Looks, and does nothing.
    Stop,
}

/// Where a way through our pages ended.
#[derive(Debug, Clone)]
pub enum End {
    /// At an address of somebody else, by a redirect or a link that the page follows by itself.
    Away(String),
    /// At an address of somebody else, with a form that the page sends.
    Posted(String, Params),
    /// At a page of ours.
    Page(Box<Answer>),
}

impl End {
    /// What came back to the relying party, in whichever way.
    #[track_caller]
    pub fn params(&self) -> Params {
        match self {
            Self::Away(url) => http::query(url),
            Self::Posted(_, params) => params.clone(),
            Self::Page(answer) => panic!("nothing came back: {} {}", answer.status, words(&answer.text())),
        }
    }

    /// A page of ours that says why it does not go on; nothing left to anybody else.
    #[track_caller]
    pub fn is_refused_here(&self) {
        match self {
            Self::Page(answer) => {
                assert!(answer.status.is_client_error(), "{}: {}", answer.status, words(&answer.text()));
            }
            other => panic!("it left: {other:?}"),
        }
    }
}

/// Somebody with a browser.
pub struct Person {
    pub citizen: Citizen,
    http: Http,
    site: String,
    cookies: Mutex<BTreeMap<String, String>>,
    /// How often the sign-in form was filled in.
    signed_in: Mutex<u32>,
    asked: Mutex<Vec<String>>,
}

impl Person {
    pub fn new(citizen: Citizen, http: Http, site: &str) -> Self {
        let (cookies, signed_in, asked) = Default::default();
        Self { citizen, http, site: site.to_owned(), cookies, signed_in, asked }
    }

    /// The same person with another browser.
    pub fn elsewhere(&self) -> Self {
        Self::new(self.citizen.clone(), self.http.clone(), &self.site)
    }

    /// The same browser, whose requests one process answers.
    pub fn through(&self, process: SocketAddr) -> Self {
        let cookies = Mutex::new(self.cookies.lock().unwrap().clone());
        Self { cookies, ..Self::new(self.citizen.clone(), self.http.clone().through(process), &self.site) }
    }

    /// A page of the site.
    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.site)
    }

    /// How often this browser's owner typed number and password.
    pub fn sign_ins(&self) -> u32 {
        *self.signed_in.lock().unwrap()
    }

    /// The pages of consent that were shown, in order.
    pub fn questions(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    fn cookie_header(&self) -> String {
        let cookies = self.cookies.lock().unwrap();
        cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    fn keep(&self, answer: &Answer) {
        let mut cookies = self.cookies.lock().unwrap();
        for line in answer.headers.get_all(header::SET_COOKIE) {
            let line = line.to_str().unwrap();
            let (pair, attributes) = line.split_once(';').unwrap_or((line, ""));
            let (name, value) = pair.split_once('=').unwrap();
            if attributes.to_ascii_lowercase().contains("max-age=0") {
                cookies.remove(name.trim());
            } else {
                cookies.insert(name.trim().to_owned(), value.trim().to_owned());
            }
        }
    }

    pub async fn get(&self, url: &str) -> Answer {
        let cookies = self.cookie_header();
        let answer = self.http.get(url, &[("cookie", &cookies), ("accept", "text/html")]).await;
        self.keep(&answer);
        answer
    }

    pub async fn post(&self, url: &str, params: &[(String, String)]) -> Answer {
        let cookies = self.cookie_header();
        let answer = self.http.form(url, params, &[("cookie", &cookies), ("accept", "text/html")]).await;
        self.keep(&answer);
        answer
    }

    /// Goes to an address and on until it is over, answering what is asked on the way.
    pub async fn visits(&self, url: &str, does: Does) -> End {
        let answer = self.get(url).await;
        self.goes_on(url, answer, does).await
    }

    /// The same, where the request is a form that a page posts.
    pub async fn posts(&self, url: &str, params: &[(String, String)], does: Does) -> End {
        let answer = self.post(url, params).await;
        self.goes_on(url, answer, does).await
    }

    async fn goes_on(&self, url: &str, first: Answer, does: Does) -> End {
        let (mut here, mut answer) = (url.to_owned(), first);
        for _ in 0..STEPS_MAX {
            if answer.status.is_redirection() {
                let to = absolute(&here, answer.header("location"));
                if !self.is_ours(&to) {
                    return End::Away(to);
                }
                answer = self.get(&to).await;
                here = to;
                continue;
            }
            if let Some(to) = refreshes_to(&answer) {
                return End::Away(to);
            }
            let page = answer.text();
            let Some(form) = forms(&page).into_iter().find(|form| is_a_step(form, &self.site)) else {
                return End::Page(Box::new(answer));
            };
            let mut fields = form.fields.clone();
            let to = if form.action.is_empty() { here.clone() } else { absolute(&here, &form.action) };
            if !self.is_ours(&to) {
                return End::Posted(to, fields);
            }
            if form.text.contains("name=\"password\"") {
                *self.signed_in.lock().unwrap() += 1;
                fields.push(("number".to_owned(), self.citizen.number.clone()));
                fields.push(("password".to_owned(), PASSWORD.to_owned()));
            } else if form.text.contains("name=\"answer\" value=\"allow\"") {
                self.asked.lock().unwrap().push(page.clone());
                match does {
                    Does::Stop => return End::Page(Box::new(answer)),
                    Does::Refuse => fields.push(("answer".to_owned(), "refuse".to_owned())),
                    Does::Allow => fields.push(("answer".to_owned(), "allow".to_owned())),
                    Does::AllowAway => {
                        fields.extend(http::pairs(&[("answer", "allow"), ("offline", "1")]));
                    }
                }
            }
            answer = self.post(&to, &fields).await;
            here = to;
        }
        panic!("going round in a circle at {here}: {}", words(&answer.text()));
    }

    fn is_ours(&self, url: &str) -> bool {
        url == self.site || url.strip_prefix(&self.site).is_some_and(|rest| rest.starts_with(['/', '?']))
    }

    /// Signs in at the site's own door.
    pub async fn signs_in(&self) {
        let end = self.visits(&format!("{}/sign-in", self.site), Does::Stop).await;
        let End::Page(page) = end else { panic!("the door leads away: {end:?}") };
        assert_eq!(page.status, StatusCode::OK, "{}", words(&page.text()));
    }
}

impl Person {
    /// Tries to sign in with a number and a password.
    pub async fn tries(&self, number: &str, password: &str) -> Answer {
        let door = format!("{}/sign-in", self.site);
        let page = self.get(&door).await.text();
        let form = forms(&page).into_iter().find(|form| form.action == "/sign-in").expect("a door");
        let mut fields = form.fields;
        fields.extend(http::pairs(&[("number", number), ("password", password)]));
        self.post(&door, &fields).await
    }

    /// Signs out at the site.
    pub async fn signs_out(&self) {
        let home = self.get(&format!("{}/account", self.site)).await.text();
        let form = forms(&home).into_iter().find(|form| form.action == "/sign-out").expect("a way out");
        let out = self.post(&format!("{}/sign-out", self.site), &form.fields).await;
        assert!(out.status.is_redirection(), "{}: {}", out.status, words(&out.text()));
    }
}

impl Person {
    /// Sets up an authenticator app, as a page offers it to who has only a password, and goes on to where the page leads.
    pub async fn adds_an_app(&self, page: &Answer, now: Timestamp, does: Does) -> End {
        const APP: &str = "/account/app";
        const BEGIN: &str = "/account/app/begin";
        let page = page.text();
        let mut links = page.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
        let link = links.find(|link| link.starts_with(APP)).unwrap_or_else(|| panic!("{}", words(&page)));
        let form = |page: &str, action: &str| {
            let found = forms(page).into_iter().find(|form| form.action == action);
            found.unwrap_or_else(|| panic!("no form {action}: {}", words(page)))
        };
        let offered = self.get(&self.at(&link.replace("&amp;", "&"))).await.text();
        let shown = self.post(&self.at(BEGIN), &form(&offered, BEGIN).fields).await.text();
        let secret = shown.split("<code>").nth(1).and_then(|rest| rest.split("</code>").next()).unwrap();
        let mut fields = form(&shown, APP).fields;
        fields.push(("code".to_owned(), identity::totp::code(&base32(secret), now).unwrap()));
        let answer = self.post(&self.at(APP), &fields).await;
        self.goes_on(&self.at(APP), answer, does).await
    }

    /// Locks their own account.
    pub async fn locks(&self) {
        let home = self.get(&self.at("/account")).await.text();
        let form = forms(&home).into_iter().find(|form| form.action == "/account/lock").expect("a lock");
        let locked = self.post(&self.at("/account/lock"), &form.fields).await;
        assert!(locked.status.is_redirection(), "{}: {}", locked.status, words(&locked.text()));
    }
}

/// RFC 4648 section 6, as secrets are shown for typing.
fn base32(text: &str) -> Vec<u8> {
    let (mut bits, mut count, mut out) = (0u32, 0, Vec::new());
    for letter in text.bytes().filter(u8::is_ascii_alphanumeric) {
        let value =
            if letter.is_ascii_digit() { letter - b'2' + 26 } else { letter.to_ascii_uppercase() - b'A' };
        bits = ((bits << 5) | u32::from(value)) & 0xfff;
        count += 5;
        if count >= 8 {
            count -= 8;
            out.push(u8::try_from((bits >> count) & 0xff).unwrap());
        }
    }
    out
}

fn absolute(here: &str, to: &str) -> String {
    if to.contains("://") {
        return to.to_owned();
    }
    let host_at = here.find("://").map_or(0, |at| at + 3);
    let root = here[host_at..].find('/').map_or(here, |at| &here[..host_at + at]);
    if to.starts_with('/') {
        return format!("{root}{to}");
    }
    let path = here.split('?').next().unwrap_or(here);
    format!("{path}{to}")
}

/// The address to which a page goes on by itself.
fn refreshes_to(answer: &Answer) -> Option<String> {
    let (_, url) = answer.header("refresh").split_once(';')?;
    let url = url.trim();
    Some(url.strip_prefix("url=").or_else(|| url.strip_prefix("URL=")).unwrap_or(url).to_owned())
}

struct Form {
    action: String,
    fields: Params,
    text: String,
}

/// A form that stands in the way: of sign-in, of consent, of signing out, or one that goes to somebody else.
fn is_a_step(form: &Form, site: &str) -> bool {
    let password = form.action.starts_with("/sign-in") && form.text.contains("name=\"password\"");
    let asks = form.text.contains("name=\"answer\" value=\"allow\"");
    let leaves = form.action.contains("://") && !form.action.starts_with(site);
    password || asks || leaves
}

fn forms(page: &str) -> Vec<Form> {
    let mut out = Vec::new();
    for part in page.split("<form").skip(1) {
        let text = part.split("</form>").next().unwrap_or(part).to_owned();
        let head = text.split('>').next().unwrap_or("");
        let inputs = text.split("<input").skip(1).map(|i| i.split('>').next().unwrap_or(i));
        let fields = inputs
            .filter(|input| input.contains("type=\"hidden\""))
            .filter_map(|input| {
                Some((attribute(input, "name")?, attribute(input, "value").unwrap_or_default()))
            })
            .collect();
        out.push(Form { action: attribute(head, "action").unwrap_or_default(), fields, text });
    }
    out
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    let value = rest.split('"').next()?;
    Some(value.replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))
}

/// A page without its markup, for messages.
pub fn words(page: &str) -> String {
    let body = page.split("<body").nth(1).unwrap_or(page);
    let mut out = String::new();
    for piece in body.split('<') {
        out.push_str(piece.split_once('>').map_or(piece, |(_, text)| text));
        out.push(' ');
    }
    out.split_whitespace().collect::<Vec<_>>().join(" ")
}
