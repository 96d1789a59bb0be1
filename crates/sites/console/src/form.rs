//! The form of a relying party: from settings to fields and back. What the law and the protocol ask of the values, the
//! domain checks; here only what cannot be read at all is a fault.

use base::{FieldFault, Lang, Text, VIETNAM};
use contracts::LoginStrength;
use jiff::{Timestamp, civil::Date};
use maud::{Markup, html};
use openid::{
    claims::Claim,
    login_demand::LoginDemand,
    model::{Authentication, ClaimRight, ClientDraft, GrantType, Messages, Profile, Sender, SigningAlg},
};
use webkit::{
    Form, View,
    i18n::{Errors, by_field},
    ui::{self, Choice, DateValue, Field, LineKind},
};

use crate::words::{Words, grant_key, last_day};

/// Grants that somebody may ask for, the most common first.
pub const GRANTS: [GrantType; 6] = [
    GrantType::AuthorizationCode,
    GrantType::RefreshToken,
    GrantType::ClientCredentials,
    GrantType::TokenExchange,
    GrantType::Ciba,
    GrantType::DeviceCode,
];
/// Messages that can be signed beyond the profile, by the names of their boxes.
const MESSAGES: [&str; 4] = ["requests", "responses", "userinfo", "introspection"];
/// More lines than any relying party has addresses.
const LINES_MAX: usize = 50;

/// The settings as they were typed. The faults are of what could not be read.
pub fn read(form: &Form, today: Date) -> (ClientDraft, Vec<FieldFault>) {
    let mut faults = Vec::new();
    let authentication = Authentication::parse(form.raw("authentication"));
    if authentication.is_none() {
        faults.push(FieldFault::new("authentication", "forms.required"));
    }
    let authentication = authentication.unwrap_or(Authentication::PrivateKeyJwt);
    let profile = profile(form, today, &mut faults);
    let sandbox = form.raw("environment") == "sandbox";
    if !sandbox && form.raw("environment") != "real" {
        faults.push(FieldFault::new("environment", "forms.required"));
    }
    let some = |name: &str| Some(form.line(name)).filter(|text| !text.is_empty());
    let chosen = form.all("grants");
    let grants = GRANTS.into_iter().filter(|grant| chosen.contains(&grant_key(*grant))).collect();
    let claims = form.all("claims").into_iter().filter_map(Claim::parse).map(|claim| ClaimRight {
        claim,
        legal_basis: form.line(&basis_name(claim)),
        purpose: purpose(form, claim),
        login: login(form, claim),
    });
    let signed = form.all("messages");
    let is_signed = |name: &str| signed.contains(&name);
    let messages = Messages {
        requests: is_signed("requests"),
        responses: is_signed("responses"),
        userinfo: is_signed("userinfo"),
        introspection: is_signed("introspection"),
        id_token: if form.has("rs256") { SigningAlg::Rs256 } else { SigningAlg::Es256 },
    };
    let draft = ClientDraft {
        name: Text::new(form.line("name_vi"), form.line("name_en")),
        purpose: Text::new(form.line("purpose_vi"), form.line("purpose_en")),
        sender: sender(&profile, authentication),
        profile,
        sandbox,
        authentication,
        grants,
        redirect_uris: lines(form, "redirect_uris"),
        post_logout_redirect_uris: lines(form, "post_logout_redirect_uris"),
        backchannel_logout_uri: some("backchannel_logout_uri"),
        ciba_notification_uri: some("ciba_notification_uri"),
        jwks_uri: some("jwks_uri"),
        sector: some("sector"),
        claims: claims.collect(),
        api_scopes: form.text("api_scopes").split_whitespace().map(str::to_owned).collect(),
        audiences: lines(form, "audiences"),
        resource: some("resource"),
        messages,
        tls_subject: some("tls_subject"),
        policy_uri: some("policy_uri"),
        contact: form.line("contact"),
    };
    (draft, faults)
}

fn profile(form: &Form, today: Date, faults: &mut Vec<FieldFault>) -> Profile {
    match form.raw("profile") {
        "fapi2" => Profile::Fapi2,
        "basic" => {
            let day = form.date("until", today).and_then(Result::ok).and_then(|date| date.exact());
            match day.and_then(end_of) {
                Some(until) => Profile::Basic { until },
                None => {
                    faults.push(FieldFault::new("until", "console.until_needed"));
                    Profile::Basic { until: Timestamp::UNIX_EPOCH }
                }
            }
        }
        _ => {
            faults.push(FieldFault::new("profile", "forms.required"));
            Profile::Fapi2
        }
    }
}

/// The last day counts whole.
pub fn end_of(day: Date) -> Option<Timestamp> {
    VIETNAM.to_timestamp(day.tomorrow().ok()?.to_datetime(jiff::civil::Time::midnight())).ok()
}

/// What tokens are bound to follows from the profile and the way of authentication.
fn sender(profile: &Profile, authentication: Authentication) -> Sender {
    if authentication.is_tls() {
        Sender::Tls
    } else if profile.is_fapi2() {
        Sender::Dpop
    } else {
        Sender::Bearer
    }
}

fn basis_name(claim: Claim) -> String {
    format!("basis-{claim}")
}

fn purpose_name(claim: Claim, lang: Lang) -> String {
    format!("purpose-{claim}-{}", lang.code())
}

/// What a claim alone is for; none where nothing is typed.
fn purpose(form: &Form, claim: Claim) -> Option<Text> {
    let [vi, en] = [Lang::Vi, Lang::En].map(|lang| form.line(&purpose_name(claim, lang)));
    (!vi.is_empty() || !en.is_empty()).then(|| Text::new(vi, en))
}

fn strong_name(claim: Claim) -> String {
    format!("login-strong-{claim}")
}

fn age_name(claim: Claim) -> String {
    format!("login-age-{claim}")
}

/// What the login must be like. Minutes that are no number are none that the domain takes.
fn login(form: &Form, claim: Claim) -> LoginDemand {
    let minutes = Some(form.line(&age_name(claim))).filter(|typed| !typed.is_empty());
    let seconds = minutes.map(|typed| typed.parse::<u32>().ok().and_then(|m| m.checked_mul(60)).unwrap_or(0));
    let strength = form.has(&strong_name(claim)).then_some(LoginStrength::Two);
    LoginDemand { strength, max_age_s: seconds }
}

fn lines(form: &Form, name: &str) -> Vec<String> {
    let text = form.text(name);
    text.lines().filter(|line| !line.is_empty()).take(LINES_MAX).map(str::to_owned).collect()
}

/// The fields as they would be posted: what the form of a change begins with.
pub fn fill(draft: &ClientDraft) -> Form {
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let mut pairs = vec![
        pair("name_vi", &draft.name.vi),
        pair("name_en", &draft.name.en),
        pair("purpose_vi", &draft.purpose.vi),
        pair("purpose_en", &draft.purpose.en),
        pair("environment", if draft.sandbox { "sandbox" } else { "real" }),
        pair("profile", if draft.profile.is_fapi2() { "fapi2" } else { "basic" }),
        pair("authentication", draft.authentication.as_str()),
        pair("redirect_uris", &draft.redirect_uris.join("\n")),
        pair("post_logout_redirect_uris", &draft.post_logout_redirect_uris.join("\n")),
        pair("backchannel_logout_uri", draft.backchannel_logout_uri.as_deref().unwrap_or("")),
        pair("ciba_notification_uri", draft.ciba_notification_uri.as_deref().unwrap_or("")),
        pair("jwks_uri", draft.jwks_uri.as_deref().unwrap_or("")),
        pair("sector", draft.sector.as_deref().unwrap_or("")),
        pair("api_scopes", &draft.api_scopes.join(" ")),
        pair("audiences", &draft.audiences.join("\n")),
        pair("resource", draft.resource.as_deref().unwrap_or("")),
        pair("tls_subject", draft.tls_subject.as_deref().unwrap_or("")),
        pair("policy_uri", draft.policy_uri.as_deref().unwrap_or("")),
        pair("contact", &draft.contact),
    ];
    if let Profile::Basic { until } = draft.profile {
        let day = last_day(until);
        pairs.push(pair("until-day", &day.day().to_string()));
        pairs.push(pair("until-month", &day.month().to_string()));
        pairs.push(pair("until-year", &day.year().to_string()));
    }
    pairs.extend(draft.grants.iter().map(|grant| pair("grants", grant_key(*grant))));
    for right in &draft.claims {
        pairs.push(pair("claims", right.claim.as_str()));
        pairs.push(pair(&basis_name(right.claim), &right.legal_basis));
        if let Some(purpose) = &right.purpose {
            pairs.push(pair(&purpose_name(right.claim, Lang::Vi), &purpose.vi));
            pairs.push(pair(&purpose_name(right.claim, Lang::En), &purpose.en));
        }
        if right.login.strength.is_some() {
            pairs.push(pair(&strong_name(right.claim), "1"));
        }
        if let Some(seconds) = right.login.max_age_s {
            pairs.push(pair(&age_name(right.claim), &(seconds / 60).to_string()));
        }
    }
    let m = &draft.messages;
    let signed = MESSAGES.into_iter().zip([m.requests, m.responses, m.userinfo, m.introspection]);
    pairs.extend(signed.filter(|(_, on)| *on).map(|(name, _)| pair("messages", name)));
    if m.id_token == SigningAlg::Rs256 {
        pairs.push(pair("rs256", "1"));
    }
    Form::from_pairs(pairs)
}

/// Where a fault of the domain stands in this form: its names are those of the settings, with few exceptions.
pub fn place(mut fault: FieldFault) -> FieldFault {
    fault.field = match fault.field.as_str() {
        "sandbox" => "environment".to_owned(),
        "sender" => "authentication".to_owned(),
        _ => fault.field,
    };
    fault
}

/// What is wrong, each with the name of its field: on a form this long "fill this in" does not say what.
pub fn summary(view: &View, faults: &[FieldFault]) -> Markup {
    let label = |field: &str| {
        let key = match field {
            "name_vi" => "console-name-vi",
            "name_en" => "console-name-en",
            "purpose_vi" => "console-purpose-vi",
            "purpose_en" => "console-purpose-en",
            "contact" => "console-contact",
            "policy_uri" => "console-policy",
            "environment" => "console-env",
            "grants" => "console-grants",
            "profile" => "console-profile",
            "until" => "console-until",
            "authentication" => "console-auth",
            "tls_subject" => "console-tls-subject",
            "redirect_uris" => "console-redirect",
            "post_logout_redirect_uris" => "console-post-logout",
            "backchannel_logout_uri" => "console-backchannel",
            "claims" => "console-group-claims",
            "ciba_notification_uri" => "console-ciba-uri",
            "jwks_uri" => "console-jwks-uri",
            "audiences" => "console-audiences",
            "resource" => "console-resource",
            "api_scopes" => "console-api-scopes",
            "sector" => "console-sector",
            _ => return None,
        };
        Some(view.t(key))
    };
    ui::error_summary_named(view, faults, label)
}

/// All fields, in the order in which somebody thinks of them.
pub fn fields(words: &Words<'_>, view: &View, form: &Form, faults: &[FieldFault], is_new: bool) -> Markup {
    let errors = by_field(view, faults);
    let draw = Draw { words, view, form, errors };
    html! {
        (draw.about())
        (draw.rules(is_new))
        (draw.addresses())
        (draw.claims())
        (draw.more())
    }
}

struct Draw<'a> {
    words: &'a Words<'a>,
    view: &'a View,
    form: &'a Form,
    errors: Errors,
}

impl Draw<'_> {
    fn field(&self, name: &str, label: &str, hint: Option<&str>) -> Field {
        let field = Field::new(name, self.view.t(label)).errors(&self.errors);
        match hint {
            Some(hint) => field.hint(self.view.t(hint)),
            None => field,
        }
    }

    fn line(&self, field: &Field, kind: LineKind) -> Markup {
        ui::line(self.view, field, self.form.raw(&field.name), kind)
    }

    fn many(&self, field: &Field, rows: u32) -> Markup {
        ui::textarea(self.view, field, self.form.raw(&field.name), rows)
    }

    fn about(&self) -> Markup {
        html! {
            section.card.console-group {
                h2 { (self.view.t("console-group-about")) }
                div.console-two {
                    (self.line(&self.field("name_vi", "console-name-vi", Some("console-name-hint")), LineKind::Text))
                    (self.line(&self.field("name_en", "console-name-en", Some("console-name-en-hint")), LineKind::Text))
                    (self.many(&self.field("purpose_vi", "console-purpose-vi", Some("console-purpose-hint")), 3))
                    (self.many(&self.field("purpose_en", "console-purpose-en", Some("console-purpose-en-hint")), 3))
                    (self.line(&self.field("contact", "console-contact", Some("console-contact-hint")), LineKind::Email))
                    (self.line(&self.field("policy_uri", "console-policy", Some("console-policy-hint")).optional(), LineKind::Text))
                }
            }
        }
    }

    fn rules(&self, is_new: bool) -> Markup {
        let view = self.view;
        let environment = [
            Choice::new("sandbox", view.t("console-env-sandbox")).hint(view.t("console-env-sandbox-means")),
            Choice::new("real", view.t("console-env-real")).hint(view.t("console-env-real-means")),
        ];
        let profiles = [
            Choice::new("fapi2", view.t("console-profile-fapi2")).hint(view.t("console-profile-fapi2-means")),
            Choice::new("basic", view.t("console-profile-basic")).hint(view.t("console-profile-basic-means")),
        ];
        let ways = Authentication::ALL.iter().map(|way| {
            let label = self.words.authentication(*way);
            let choice = Choice::new(way.as_str(), label);
            if way.is_secret() { choice.hint(view.t("console-basic-only")) } else { choice }
        });
        let ways: Vec<Choice> = ways.collect();
        let grants = GRANTS.map(|grant| {
            let key = format!("console-grant-{}-means", grant_key(grant));
            Choice::new(grant_key(grant), self.words.grant(grant)).hint(view.t(&key))
        });
        let until = DateValue::typed(self.form, "until");
        html! {
            section.card.console-group {
                h2 { (view.t("console-group-rules")) }
                @if is_new {
                    (ui::radios(view, &self.field("environment", "console-env", None), &environment, self.form.raw("environment")))
                } @else {
                    input type="hidden" name="environment" value=(self.form.raw("environment"));
                }
                (ui::checkboxes(view, &self.field("grants", "console-grants", None), &grants, &self.form.all("grants")))
                (ui::radios(view, &self.field("profile", "console-profile", None), &profiles, self.form.raw("profile")))
                div.console-until { (ui::date(view, &self.field("until", "console-until", Some("console-until-hint")), &until)) }
                (ui::radios(view, &self.field("authentication", "console-auth", None), &ways, self.form.raw("authentication")))
                (self.line(&self.field("jwks_uri", "console-jwks-uri", Some("console-jwks-uri-hint")).optional(), LineKind::Text))
                div.console-tls { (self.line(&self.field("tls_subject", "console-tls-subject", Some("console-tls-subject-hint")).optional(), LineKind::Text)) }
            }
        }
    }

    fn addresses(&self) -> Markup {
        html! {
            section.card.console-group {
                h2 { (self.view.t("console-group-addresses")) }
                (self.many(&self.field("redirect_uris", "console-redirect", Some("console-redirect-hint")), 3))
                (self.many(&self.field("post_logout_redirect_uris", "console-post-logout", Some("console-post-logout-hint")).optional(), 2))
                (self.line(&self.field("backchannel_logout_uri", "console-backchannel", Some("console-backchannel-hint")).optional(), LineKind::Text))
            }
        }
    }

    fn claims(&self) -> Markup {
        let view = self.view;
        let chosen = self.form.all("claims");
        html! {
            section.card.console-group {
                fieldset.field .bad[self.errors.contains_key("claims")] #f-claims {
                    legend { h2 { (view.t("console-group-claims")) } }
                    p.hint { (view.t("console-claims-hint")) }
                    @if let Some(error) = self.errors.get("claims") { p.field-error { (ui::Icon::Alert) span { (error) } } }
                    @for claim in Claim::ALL {
                        @let id = format!("claim-{claim}");
                        @let basis = basis_name(*claim);
                        @let is_on = chosen.contains(&claim.as_str());
                        div.console-claim {
                            div.choice {
                                input type="checkbox" id=(id) name="claims" value=(claim) checked[is_on];
                                label for=(id) { strong { (self.words.claim(*claim)) } " " code { (claim) } }
                            }
                            div.console-basis {
                                label for={ "f-" (basis) } { (view.t("console-basis")) }
                                input type="text" id={ "f-" (basis) } name=(basis) value=(self.form.raw(&basis)) autocomplete="off";
                                (self.purposes(*claim))
                                (self.login(*claim))
                            }
                        }
                    }
                }
            }
        }
    }

    /// A purpose of its own, which most claims have not.
    fn purposes(&self, claim: Claim) -> Markup {
        let field = |lang: Lang, key: &str| {
            let name = purpose_name(claim, lang);
            html! {
                label for={ "f-" (name) } { (self.view.t(key)) }
                input type="text" id={ "f-" (name) } name=(name) value=(self.form.raw(&name)) autocomplete="off";
            }
        };
        let body = html! {
            (field(Lang::Vi, "console-purpose-claim-vi"))
            (field(Lang::En, "console-purpose-claim-en"))
        };
        match purpose(self.form, claim) {
            Some(_) => body,
            None => ui::details(&self.view.t("console-purpose-claim"), body),
        }
    }

    /// A login of its own, which most claims do not demand.
    fn login(&self, claim: Claim) -> Markup {
        let (strong, age) = (strong_name(claim), age_name(claim));
        let body = html! {
            div.choice {
                input type="checkbox" id={ "f-" (strong) } name=(strong) value="1" checked[self.form.has(&strong)];
                label for={ "f-" (strong) } { (self.view.t("console-login-strong")) }
            }
            label for={ "f-" (age) } { (self.view.t("console-login-age")) }
            input type="text" inputmode="numeric" id={ "f-" (age) } name=(age) value=(self.form.raw(&age)) autocomplete="off";
        };
        match login(self.form, claim).is_none() {
            true => ui::details(&self.view.t("console-login-claim"), body),
            false => body,
        }
    }

    fn more(&self) -> Markup {
        let view = self.view;
        let messages = MESSAGES.map(|m| Choice::new(m, view.t(&format!("console-message-{m}"))));
        let rs256 = self.field("rs256", "console-rs256", None);
        let body = html! {
            (self.line(&self.field("ciba_notification_uri", "console-ciba-uri", Some("console-ciba-uri-hint")).optional(), LineKind::Text))
            (ui::checkboxes(view, &self.field("messages", "console-messages", Some("console-messages-hint")), &messages, &self.form.all("messages")))
            (ui::checkbox(view, &rs256, "1", self.form.has("rs256")))
            (self.many(&self.field("audiences", "console-audiences", Some("console-audiences-hint")).optional(), 2))
            (self.line(&self.field("resource", "console-resource", Some("console-resource-hint")).optional(), LineKind::Text))
            (self.line(&self.field("api_scopes", "console-api-scopes", Some("console-api-scopes-hint")).optional(), LineKind::Text))
            (self.line(&self.field("sector", "console-sector", Some("console-sector-hint")).optional(), LineKind::Text))
        };
        let names =
            ["ciba_notification_uri", "messages", "rs256", "audiences", "resource", "api_scopes", "sector"];
        let is_open =
            names.iter().any(|name| !self.form.raw(name).is_empty() || self.errors.contains_key(*name));
        html! {
            details.card.console-group.console-more open[is_open] {
                summary { (ui::Icon::ChevronRight) h2 { (view.t("console-group-more")) } span.quiet { (view.t("console-more-hint")) } }
                div { (body) }
            }
        }
    }
}
