//! One Chromium as its user has it: a width, a language, scripts or none. Steps find things as people do (by their words)
//! or by the name of a field, and wait until they are there.

use std::{
    future::Future,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::Duration,
};

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use fantoccini::{
    Client, ClientBuilder, Locator, elements::Element, error::CmdError, key::Key,
    wd::WebDriverCompatibleCommand,
};
use http::Method;
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::time::Instant;

use crate::{
    download::{self, Download},
    driver::Driver,
};

/// A desk and a phone.
pub const WIDTHS: [u32; 2] = [1280, 390];
const HEIGHTS: [(u32, u32); 2] = [(1280, 900), (390, 844)];
/// Nothing on a page may take longer to appear.
const PATIENCE: Duration = Duration::from_secs(20);
/// More stops than any page has before its primary action.
const TABS_MAX: usize = 60;
/// Between two looks.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

const FLAGS: [&str; 12] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--force-color-profile=srgb",
    // Ends with its driver.
    "--remote-debugging-pipe",
    // Files arrive by the test's own client.
    "--deny-permission-prompts",
];

/// What kind of browser somebody has.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    pub width: u32,
    pub scripts: bool,
    pub lang: &'static str,
}

impl Setting {
    pub const DESK: Self = Self { width: 1280, scripts: true, lang: "vi" };
    pub const PHONE: Self = Self { width: 390, scripts: true, lang: "vi" };
    pub const PLAIN_PHONE: Self = Self { width: 390, scripts: false, lang: "vi" };
    pub const ENGLISH: Self = Self { width: 1280, scripts: true, lang: "en" };
}

/// A running Chromium. Cheap to clone: the clone is the same browser.
#[derive(Debug, Clone)]
pub struct Browser {
    client: Client,
    /// Whose browser it is, in messages and names of files.
    pub name: &'static str,
    pub setting: Setting,
    /// Where the site is, without a slash at the end.
    pub site: String,
    /// What is wrong with pages that were looked at; the journey goes on and fails at its end.
    pub(crate) findings: Findings,
}

/// Shared by all browsers of a journey.
pub(crate) type Findings = Arc<Mutex<Vec<String>>>;

/// A command that chromedriver has beyond what the client library knows.
#[derive(Debug)]
struct Special {
    method: Method,
    path: String,
    body: Option<Value>,
}

impl WebDriverCompatibleCommand for Special {
    fn endpoint(&self, base: &url::Url, session: Option<&str>) -> Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/{}", session.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _: &url::Url) -> (Method, Option<String>) {
        (self.method.clone(), self.body.as_ref().map(Value::to_string))
    }
}

fn quoted(text: &str) -> String {
    if text.contains('\'') { format!("\"{text}\"") } else { format!("'{text}'") }
}

impl Browser {
    /// Starts Chromium with a fresh profile below `scratch`.
    pub(crate) async fn start(
        driver: &Driver,
        scratch: &TempDir,
        site: &str,
        name: &'static str,
        setting: Setting,
        findings: Findings,
    ) -> Self {
        let profile = tempfile::tempdir_in(scratch.path()).expect("a folder").keep();
        let mut args: Vec<String> = FLAGS.iter().map(|f| (*f).to_owned()).collect();
        args.push(format!("--user-data-dir={}", profile.display()));
        args.push(format!("--lang={}", setting.lang));
        let mut options = json!({ "args": args, "prefs": { "intl.accept_languages": setting.lang } });
        if !setting.scripts {
            options["prefs"]["webkit.webprefs.javascript_enabled"] = json!(false);
            options["prefs"]["profile.managed_default_content_settings.javascript"] = json!(2);
        }
        let capabilities =
            json!({ "goog:chromeOptions": options, "goog:loggingPrefs": { "browser": "ALL" } });
        let capabilities = capabilities.as_object().cloned().unwrap_or_default();
        let mut builder = ClientBuilder::new(HttpConnector::new());
        let client = builder
            .capabilities(capabilities)
            .connect(&driver.url)
            .await
            .expect("chromium (apt-get install chromium)");
        let browser = Self { client, name, setting, site: site.to_owned(), findings };
        browser.resize(setting.width).await;
        browser.prefers("light").await;
        browser
    }

    pub async fn close(self) {
        // It may have gone already; the driver ends what is left.
        let _ = self.client.close().await;
    }

    async fn special(&self, path: &str, body: Value) -> Value {
        self.command(Method::POST, path, Some(body)).await
    }

    pub(crate) async fn command(&self, method: Method, path: &str, body: Option<Value>) -> Value {
        let special = Special { method, path: path.to_owned(), body };
        self.client.issue_cmd(special).await.expect("a command of chromedriver")
    }

    pub(crate) async fn devtools(&self, command: &str, params: Value) -> Value {
        self.special("goog/cdp/execute", json!({ "cmd": command, "params": params })).await
    }

    /// The scheme of colours that the reader prefers.
    pub async fn prefers(&self, scheme: &str) {
        // Nothing fades while it is looked at.
        let features = [("prefers-color-scheme", scheme), ("prefers-reduced-motion", "reduce")];
        let features = features.map(|(name, value)| json!({ "name": name, "value": value }));
        self.devtools("Emulation.setEmulatedMedia", json!({ "features": features })).await;
    }

    /// A window of Chromium cannot be as narrow as a phone; the page can be.
    pub async fn resize(&self, width: u32) {
        let height = HEIGHTS.iter().find(|(w, _)| *w == width).map_or(900, |(_, h)| *h);
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.devtools("Emulation.setDeviceMetricsOverride", size).await;
    }

    pub(crate) async fn log(&self) -> Value {
        self.special("se/log", json!({ "type": "browser" })).await
    }

    /// Runs a script by the driver; works where the page may run none.
    pub async fn script(&self, script: &str, args: Value) -> Value {
        let args = args.as_array().cloned().unwrap_or_default();
        self.client
            .execute(script, args)
            .await
            .unwrap_or_else(|e| panic!("{}: a script fails: {e}", self.name))
    }

    // ---------------------------------------------------------------- where it is

    /// Goes to a path of the site.
    pub async fn opens(&self, path: &str) {
        self.client
            .goto(&format!("{}{path}", self.site))
            .await
            .unwrap_or_else(|e| panic!("{} opens {path}: {e}", self.name));
    }

    /// Goes to an address that is not the site's.
    pub async fn opens_elsewhere(&self, url: &str) {
        self.client.goto(url).await.expect("an address");
    }

    pub async fn reloads(&self) {
        self.client.refresh().await.expect("the page again");
    }

    pub async fn goes_back(&self) {
        self.client.back().await.expect("the page before");
    }

    /// Path, query and fragment of the page.
    pub async fn address(&self) -> String {
        let url = self.client.current_url().await.expect("an address").to_string();
        url.strip_prefix(&self.site).map_or(url.clone(), str::to_owned)
    }

    pub async fn title(&self) -> String {
        self.client.title().await.expect("a title")
    }

    /// The words of the page, as they are seen.
    pub async fn words(&self) -> String {
        self.find("body").await.text().await.unwrap_or_default()
    }

    // ---------------------------------------------------------------- waiting

    /// Waits until `look` gives something.
    pub async fn until<T, F, L>(&self, what: &str, mut look: L) -> T
    where
        L: FnMut() -> F,
        F: Future<Output = Option<T>>,
    {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(found) = look().await {
                return found;
            }
            if Instant::now() > deadline {
                panic!(
                    "{}: no {what} at {}; the page says:\n{}",
                    self.name,
                    self.address().await,
                    self.said().await
                );
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }

    async fn said(&self) -> String {
        match self.client.find(Locator::Css("main")).await {
            Ok(main) => main.text().await.unwrap_or_default(),
            Err(_) => String::new(),
        }
    }

    /// Waits until the page says something.
    pub async fn sees(&self, text: &str) {
        self.until(&format!("“{text}”"), || async {
            let words = match self.client.find(Locator::Css("body")).await {
                Ok(body) => body.text().await.unwrap_or_default(),
                Err(_) => String::new(),
            };
            words.contains(text).then_some(())
        })
        .await;
    }

    /// The page, which is whole already, does not say something.
    pub async fn sees_not(&self, text: &str) {
        assert!(
            !self.words().await.contains(text),
            "{}: “{text}” stands at {}",
            self.name,
            self.address().await
        );
    }

    pub async fn has(&self, css: &str) -> bool {
        self.client.find(Locator::Css(css)).await.is_ok()
    }

    /// The first element, as soon as it is there.
    pub async fn find(&self, css: &str) -> Element {
        self.until(css, || async { self.client.find(Locator::Css(css)).await.ok() }).await
    }

    /// The words of the first element.
    pub async fn text_of(&self, css: &str) -> String {
        self.until(css, || async { self.client.find(Locator::Css(css)).await.ok()?.text().await.ok() }).await
    }

    /// What an element holds, with every space: what a person copies.
    pub async fn copies(&self, css: &str) -> String {
        self.find(css).await;
        let said = self.script("return document.querySelector(arguments[0]).textContent", json!([css])).await;
        said.as_str().unwrap_or_default().to_owned()
    }

    pub async fn attribute_of(&self, css: &str, name: &str) -> String {
        self.find(css).await.attr(name).await.expect("an element").unwrap_or_default()
    }

    /// What a field holds now.
    pub async fn value_of(&self, name: &str) -> String {
        let field = self.find(&format!("[name='{name}']")).await;
        field.prop("value").await.expect("a field").unwrap_or_default()
    }

    async fn visible(&self, what: &str, path: &str) -> Element {
        self.until(what, || async {
            for element in self.client.find_all(Locator::XPath(path)).await.ok()? {
                if element.is_displayed().await.unwrap_or(false) {
                    return Some(element);
                }
            }
            None
        })
        .await
    }

    // ---------------------------------------------------------------- doing

    /// Clicks, as people do: where nothing that sticks to an edge of the window lies above it.
    async fn click(&self, element: &Element) -> Result<(), CmdError> {
        let shown = serde_json::to_value(element)?;
        self.client
            .execute("arguments[0].scrollIntoView({ block: 'center', behavior: 'instant' })", vec![shown])
            .await?;
        element.click().await
    }

    /// Clicks, and waits until another page has come in its place.
    pub async fn leads_on(&self, element: Element) {
        let before = self.find("html").await;
        self.click(&element).await.unwrap_or_else(|e| panic!("{} clicks: {e}", self.name));
        self.new_page(before).await;
    }

    async fn new_page(&self, before: Element) {
        self.until("new page", || async {
            before.tag_name().await.err()?;
            let ready = self.client.execute("return document.readyState", Vec::new()).await.ok()?;
            (ready == "complete").then_some(())
        })
        .await;
    }

    /// Presses a button of the page by its words.
    pub async fn presses(&self, text: &str) {
        let path = format!("//main//button[contains(normalize-space(.), {})]", quoted(text));
        let button = self.visible(&format!("button “{text}”"), &path).await;
        self.leads_on(button).await;
    }

    /// Presses a button whose effect shows on the same page.
    pub async fn pushes(&self, text: &str) {
        let path = format!("//main//button[contains(normalize-space(.), {})]", quoted(text));
        let button = self.visible(&format!("button “{text}”"), &path).await;
        self.click(&button).await.unwrap_or_else(|e| panic!("{} clicks “{text}”: {e}", self.name));
    }

    /// Follows a link of the page by its words.
    pub async fn follows(&self, text: &str) {
        let path = format!("//main//a[contains(normalize-space(.), {})]", quoted(text));
        let link = self.visible(&format!("link “{text}”"), &path).await;
        self.leads_on(link).await;
    }

    /// Clicks on what a selector names, and waits for the next page.
    pub async fn clicks(&self, css: &str) {
        let element = self.find(css).await;
        self.leads_on(element).await;
    }

    /// Opens or closes something on the same page.
    pub async fn touches(&self, css: &str) {
        let element = self.find(css).await;
        self.click(&element).await.unwrap_or_else(|e| panic!("{} clicks {css}: {e}", self.name));
    }

    /// Types into a field, in place of what is there.
    pub async fn fills(&self, name: &str, value: &str) {
        let css = format!("input[name='{name}']:not([type=hidden]), textarea[name='{name}']");
        self.until(&format!("field {name}"), || async { self.type_into(&css, value).await.ok() }).await;
    }

    async fn type_into(&self, css: &str, value: &str) -> Result<(), CmdError> {
        let field = self.client.find(Locator::Css(css)).await?;
        field.clear().await?;
        field.send_keys(value).await
    }

    /// Types a date into its three boxes.
    pub async fn fills_date(&self, name: &str, day: &str, month: &str, year: &str) {
        for (part, value) in [("day", day), ("month", month), ("year", year)] {
            self.fills(&format!("{name}-{part}"), value).await;
        }
    }

    /// Chooses one of several answers, or ticks a box.
    pub async fn chooses(&self, name: &str, value: &str) {
        let css = format!("input[name='{name}'][value='{value}']");
        self.until(&format!("answer {name}={value}"), || async {
            let choice = self.client.find(Locator::Css(&css)).await.ok()?;
            if !choice.is_selected().await.ok()? {
                self.click(&choice).await.ok()?;
            }
            choice.is_selected().await.ok()?.then_some(())
        })
        .await;
    }

    /// Chooses a file of this machine.
    pub async fn takes_file(&self, css: &str, file: &Path) {
        self.find(css).await.send_keys(&file.display().to_string()).await.expect("a field for files");
    }

    /// Drags a file from elsewhere onto an element.
    pub async fn drops_file(&self, css: &str, bytes: &[u8]) {
        let drop = "const bytes = Uint8Array.from(atob(arguments[1]), (c) => c.charCodeAt(0));
            const dataTransfer = new DataTransfer();
            dataTransfer.items.add(new File([bytes], 'file.pdf', { type: 'application/pdf' }));
            const event = new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true });
            document.querySelector(arguments[0]).dispatchEvent(event);";
        self.script(drop, json!([css, BASE64.encode(bytes)])).await;
    }

    /// Types where the focus is.
    pub async fn types(&self, text: &str) {
        let focused = self.client.active_element().await.expect("something with the focus");
        focused.send_keys(text).await.expect("keys");
    }

    /// Presses Tab until the focus is where it should be: an id, or the words of a link or button.
    pub async fn tabs_to(&self, target: &str) {
        for _ in 0..TABS_MAX {
            if self.focus().await == target {
                return;
            }
            self.key(Key::Tab).await;
        }
        panic!("{}: Tab never reaches “{target}” at {}", self.name, self.address().await);
    }

    /// Presses a key where the focus is.
    pub async fn key(&self, key: Key) {
        self.types(&char::from(key).to_string()).await;
    }

    /// Presses a key that leads to another page.
    pub async fn key_leads_on(&self, key: Key) {
        let before = self.find("html").await;
        self.key(key).await;
        self.new_page(before).await;
    }

    /// Id of what has the focus, else its words.
    pub async fn focus(&self) -> String {
        let said = self
            .script("const e = document.activeElement; return e.id || e.textContent.trim()", json!([]))
            .await;
        said.as_str().unwrap_or_default().to_owned()
    }

    /// Whether the focus is on or in an element.
    pub async fn focus_is_in(&self, css: &str) -> bool {
        let inside = "return document.querySelector(arguments[0])?.contains(document.activeElement) ?? false";
        self.script(inside, json!([css])).await == json!(true)
    }

    /// Fetches an address with this browser's cookies.
    pub async fn downloads(&self, href: &str) -> Download {
        let cookies = self.client.get_all_cookies().await.expect("cookies");
        let cookies: Vec<String> = cookies.iter().map(|c| format!("{}={}", c.name(), c.value())).collect();
        let url = if href.starts_with('/') { format!("{}{href}", self.site) } else { href.to_owned() };
        download::get(&url, &cookies.join("; ")).await
    }

    /// What the page that is open brought over the line, with everything that it fetched.
    pub async fn weight_bytes(&self) -> u64 {
        let sum = "return performance.getEntries().reduce((sum, e) => sum + (e.transferSize ?? 0), 0)";
        self.script(sum, json!([])).await.as_u64().expect("a size")
    }

    // ---------------------------------------------------------------- pictures

    /// The whole page, below the fold too.
    async fn picture(&self) -> Vec<u8> {
        let shot = self
            .devtools("Page.captureScreenshot", json!({ "format": "png", "captureBeyondViewport": true }))
            .await;
        let data = shot.get("data").and_then(Value::as_str).unwrap_or_default();
        BASE64.decode(data).unwrap_or_default()
    }

    pub(crate) async fn keep_picture(&self, state: &str, width: u32) {
        let Some(folder) = std::env::var_os("E2E_SHOTS").map(PathBuf::from) else { return };
        std::fs::create_dir_all(&folder).expect("a folder for pictures");
        let name = state.replace([' ', '/', ','], "-");
        std::fs::write(folder.join(format!("{name}-{width}.png")), self.picture().await).expect("a picture");
    }

    /// Saves what the page shows and holds; says where.
    pub async fn evidence(&self, folder: &Path) -> String {
        let stem = folder.join(self.name.replace(' ', "-"));
        let (picture, page) = (stem.with_extension("png"), stem.with_extension("html"));
        let source = self.client.source().await.unwrap_or_default();
        // What cannot be saved must not hide why the journey failed.
        let _ = std::fs::write(&picture, self.picture().await);
        let _ = std::fs::write(&page, source);
        format!("{} at {}: {} and .html", self.name, self.address().await, picture.display())
    }
}
