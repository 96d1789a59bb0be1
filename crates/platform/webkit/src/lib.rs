//! The web floor: what every page and API of every site shares. No domain is known here.
//!
//! Rooms: [`Kit`] (everything shared, and the layers around routes), `border` (the one way in and out: ids, language,
//! headers, problems, metrics), [`csrf`], [`SessionToken`] and [`Flash`], the extractors ([`View`], [`Say`], [`Form`],
//! [`Json`], [`Path`], [`Query`], [`Session`]), [`Problem`], [`i18n`] and how values are said, [`Layout`] and [`ui`]
//! (the design system), [`Rate`], [`serve()`] and [`Kit::ops`]. Who a session belongs to, and what anybody may do, is
//! for the floors above.
//!
//! # A site in one page
//!
//! ```
//! use std::{sync::Arc, time::Duration};
//! use axum::{Router, response::{IntoResponse, Redirect, Response}, routing::get};
//! use base::{FieldFault, FixedClock, SeededEntropy};
//! use maud::{Markup, html};
//! use webkit::{Config, Form, Kit, Layout, Problem, Texts, View, i18n, ui::{self, Field, Link, LineKind, Tone, Weight}};
//!
//! const TEXTS: i18n::Source = ("ask-title = Bạn tên gì?\nask-nav = Trang đầu\nask-go = Tiếp tục\nask-done = Chào { $name }\nask-name-missing = Hãy nhập họ và tên\n",
//!                              "ask-title = What is your name?\nask-nav = Home\nask-go = Continue\nask-done = Hello { $name }\nask-name-missing = Enter your full name\n");
//!
//! fn frame(view: &View, title: &str) -> Layout {
//!     view.layout(title).nav(vec![Link::new("/", view.t("ask-nav")).current(true)])
//! }
//!
//! fn question(view: &View, form: &Form, faults: &[FieldFault]) -> Markup {
//!     let title = view.t("ask-title");
//!     let field = Field::new("name", title.as_str()).title().errors(&i18n::by_field(view, faults));
//!     frame(view, &title).error(!faults.is_empty()).page(html! {
//!         (ui::error_summary(view, faults))
//!         form method="post" novalidate {
//!             (view.csrf())
//!             (ui::line(view, &field, form.raw("name"), LineKind::Name))
//!             (ui::submit(Weight::Primary, &view.t("ask-go")))
//!         }
//!     })
//! }
//!
//! async fn ask(view: View) -> Markup {
//!     question(&view, &Form::default(), &[])
//! }
//!
//! async fn answer(view: View, form: Form) -> Result<Response, Problem> {
//!     let name = form.line("name");
//!     if name.is_empty() {
//!         return Ok(question(&view, &form, &[FieldFault::new("name", "ask.name_missing")]).into_response());
//!     }
//!     // operation(&mut tx, name).await?;   any base::Fault becomes a Problem by `?`
//!     let done = view.flash(Tone::Good, view.tw("ask-done", &[("name", name.into())]));
//!     Ok((done, Redirect::to("/")).into_response())
//! }
//!
//! # fn main() -> Result<(), i18n::TextsError> {
//! let texts = Texts::load(&[webkit::i18n::TEXTS, TEXTS])?;
//! let clock = FixedClock::at(jiff::Timestamp::UNIX_EPOCH); // base::SystemClock and base::SystemEntropy when serving
//! let kit = Kit::new(texts, Arc::new(clock), Arc::new(SeededEntropy::new(1)), Config::new([0; 32], true));
//! let app = kit.wrap(Router::new().route("/", get(ask).post(answer)));
//! // webkit::serve(app, listener, ServeLimits::default(), shutdown).await
//! # drop(app); Ok(()) }
//! ```
//!
//! # What to keep in mind
//!
//! - Every form that posts begins with `(view.csrf())`; in a multipart form it must be the first field. Scripts send
//!   the same value as `x-csrf-token`. A form with a unit search or uploads goes on with [`ui::enter_sends`].
//!   Requests with a bearer token or a JSON body and without a session are exempt.
//! - The body of a request is at most `base::limits::BODY_BYTES_MAX`; an upload route raises it with
//!   `axum::extract::DefaultBodyLimit::max(…)` on its own router.
//! - `Problem` for what ends a request, the form again for what its reader can mend ([`form_faults`] tells them apart).
//! - Sessions: `SessionToken::new(view.kit().entropy())`, store `token.hash()`, answer with
//!   `(view.session_start(&token, max_age), Redirect::to("/"))`; later `view.session()` gives the token back.
//! - A page's width is a reading measure; `.wide()` for tables. `.live()` loads htmx, `.script("x.js")` an own asset
//!   of [`Config::extras`]. The CSP allows no inline script or style, so no `style="…"` attributes.
//! - Bodies are built from [`ui`] and plain elements; `div.columns { div {} div {} }` gives two columns,
//!   `section.flow` a vertical rhythm. See them all: `cargo run -p webkit --example gallery`.
//! - A crate with texts tests them with [`i18n::check`].

mod assets;
mod border;
mod context;
mod cookies;
pub mod csrf;
mod extract;
mod format;
mod gallery;
pub mod i18n;
mod kit;
mod layout;
mod ops;
mod problem;
mod ratelimit;
mod serve;
mod tls;
pub mod ui;

pub use assets::{Assets, Extra};
pub use border::{CONTENT_SECURITY_POLICY, ClientAddress};
pub use context::{Session, View};
pub use cookies::{Flash, SessionToken, SetCookie};
pub use csrf::CsrfToken;
pub use extract::{Form, Json, Path, Query, form_faults, local_path, read_json};
pub use gallery::gallery;
pub use i18n::{Say, Texts};
pub use kit::{Config, Kit, REQUEST_TIMEOUT};
pub use layout::{Layout, UserBadge};
pub use ops::{Check, Metrics};
pub use problem::Problem;
pub use ratelimit::{Rate, RateLimit, rate_limit};
pub use serve::{ServeLimits, serve, serve_tls};
pub use tls::{Ask, ClientCertificate, Tls, TlsError};
