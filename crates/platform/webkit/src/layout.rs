//! The page around every body: head, header with mark and navigation, flash, main, footer.

use std::sync::Arc;

use base::Lang;
use maud::{DOCTYPE, Markup, Render, html};

use crate::{
    assets::Assets,
    cookies::Flash,
    csrf::CsrfToken,
    i18n::Say,
    ui::{self, Icon, Link},
};

/// Who is signed in, at the right of the header.
#[derive(Debug, Clone)]
pub struct UserBadge {
    pub name: String,
    /// Such as the agency and role; empty for a citizen.
    pub role: String,
    /// The person's own page.
    pub href: String,
    /// Where the sign-out form posts to.
    pub sign_out: String,
    pub csrf: CsrfToken,
}

/// One page's frame. Made by [`crate::View::layout`].
#[derive(Debug, Clone)]
pub struct Layout {
    pub say: Say,
    pub title: String,
    /// The audience's name beside the site's, such as "Dành cho cán bộ".
    pub site: Option<String>,
    /// Where the mark leads.
    pub home: String,
    pub nav: Vec<Link>,
    pub user: Option<UserBadge>,
    pub flash: Option<Flash>,
    pub footer: Vec<Link>,
    pub(crate) here: String,
    hero: Option<Markup>,
    wide: bool,
    error: bool,
    live: bool,
    scripts: Vec<&'static str>,
    assets: Arc<Assets>,
}

impl Layout {
    pub(crate) fn new(say: Say, title: impl Into<String>, assets: Arc<Assets>) -> Self {
        Self {
            say,
            title: title.into(),
            site: None,
            home: "/".into(),
            nav: Vec::new(),
            user: None,
            flash: None,
            footer: Vec::new(),
            here: "/".into(),
            hero: None,
            wide: false,
            error: false,
            live: false,
            scripts: Vec::new(),
            assets,
        }
    }

    #[must_use]
    pub fn site(mut self, name: impl Into<String>, home: impl Into<String>) -> Self {
        self.site = Some(name.into());
        self.home = home.into();
        self
    }

    #[must_use]
    pub fn nav(mut self, nav: Vec<Link>) -> Self {
        self.nav = nav;
        self
    }

    #[must_use]
    pub fn footer(mut self, links: Vec<Link>) -> Self {
        self.footer = links;
        self
    }

    #[must_use]
    pub fn user(mut self, user: Option<UserBadge>) -> Self {
        self.user = user;
        self
    }

    /// The whole width, for tables and two columns. Otherwise text keeps to a readable measure.
    #[must_use]
    pub fn wide(mut self) -> Self {
        self.wide = true;
        self
    }

    /// The title begins with "Lỗi:" when the page shows a form's errors.
    #[must_use]
    pub fn error(mut self, error: bool) -> Self {
        self.error = error;
        self
    }

    /// A band over the whole width above the body; see [`ui::hero`].
    #[must_use]
    pub fn hero(mut self, hero: Markup) -> Self {
        self.hero = Some(hero);
        self
    }

    /// Loads htmx (13 KB); only for pages that use it.
    #[must_use]
    pub fn live(mut self) -> Self {
        self.live = true;
        self
    }

    /// Loads a script that the site added to the kit's assets.
    #[must_use]
    pub fn script(mut self, name: &'static str) -> Self {
        self.scripts.push(name);
        self
    }

    /// The whole document.
    pub fn page(self, body: impl Render) -> Markup {
        let say = &self.say;
        let name = say.t("site-name");
        let title = if self.error {
            say.tw("title-error", &[("title", self.title.as_str().into())])
        } else {
            self.title.clone()
        };
        html! {
            (DOCTYPE)
            html lang=(say.lang.code()) {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    title { (title) " – " (name) }
                    link rel="icon" type="image/svg+xml" href=(self.assets.url("mark.svg"));
                    @for font in ["be-vietnam-pro-latin-400.woff2", "be-vietnam-pro-vietnamese-400.woff2"] {
                        link rel="preload" as="font" type="font/woff2" href=(self.assets.url(font)) crossorigin;
                    }
                    link rel="stylesheet" href=(self.assets.url("site.css"));
                    script src=(self.assets.url("site.js")) defer {}
                    @if self.live { script src=(self.assets.url("htmx.js")) defer {} }
                    @for script in &self.scripts { script src=(self.assets.url(script)) defer type="module" {} }
                }
                body {
                    a.skip href="#main" { (say.t("skip-to-content")) }
                    (self.header(&name))
                    main #main tabindex="-1" {
                        @if let Some(hero) = &self.hero { (hero) }
                        div.body .wide[self.wide] {
                            @if let Some(flash) = &self.flash { (ui::notice(flash.tone, &flash.text)) }
                            (body)
                        }
                    }
                    (self.foot(&name))
                }
            }
        }
    }

    fn header(&self, name: &str) -> Markup {
        let say = &self.say;
        html! {
            header.top {
                div.bar {
                    a.brand href=(self.home) {
                        (ui::mark())
                        span {
                            strong { (name) }
                            @if let Some(site) = &self.site { " " small { (site) } }
                        }
                    }
                    div.tools {
                        (self.languages())
                        @if let Some(user) = &self.user {
                            a.me href=(user.href) {
                                (Icon::User)
                                span { strong { (user.name) } @if !user.role.is_empty() { small { (user.role) } } }
                            }
                            form method="post" action=(user.sign_out) {
                                (user.csrf)
                                button.sign-out type="submit" { (Icon::LogOut) span { (say.t("sign-out")) } }
                            }
                        }
                    }
                }
            }
            @if !self.nav.is_empty() {
                nav.main aria-label=(say.t("nav-label")) {
                    ul { @for link in &self.nav {
                        li { a href=(link.href) aria-current=[link.current.then_some("page")] {
                            (link.text) @if let Some(count) = link.count { " " span.count { (count) } }
                        } }
                    } }
                }
            }
        }
    }

    fn languages(&self) -> Markup {
        let join = if self.here.contains('?') { '&' } else { '?' };
        html! {
            nav.lang aria-label=(self.say.t("language-switch")) {
                @for (lang, short, name) in [(Lang::Vi, "VI", "Tiếng Việt"), (Lang::En, "EN", "English")] {
                    a href={ (self.here) (join) "lang=" (lang.code()) } lang=(lang.code()) hreflang=(lang.code())
                        aria-current=[(lang == self.say.lang).then_some("true")] {
                        span aria-hidden="true" { (short) } span.hidden { (name) }
                    }
                }
            }
        }
    }

    fn foot(&self, name: &str) -> Markup {
        html! {
            footer.foot {
                div.bar {
                    div {
                        p.promise { (self.say.t("site-promise")) }
                        p.quiet { (name) " · " (self.say.t("site-source")) }
                    }
                    @if !self.footer.is_empty() {
                        nav aria-label=(self.say.t("footer-label")) {
                            ul { @for link in &self.footer { li { a href=(link.href) { (link.text) } } } }
                        }
                    }
                }
            }
        }
    }
}
