//! What every page must hold: no accessibility violation, no sideways scrolling, no complaint in the console.

use std::{collections::BTreeSet, sync::OnceLock};

use serde_json::{Value, json};

use crate::browser::{Browser, WIDTHS};

/// The narrowest page that WCAG 1.4.10 asks for: 1280 pixels at 400 %.
const NARROWEST: u32 = 320;

/// WCAG 2.2 A and AA, and what axe calls best practice.
const RULES: [&str; 6] = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

const RUN: &str = "return axe.run(document, { runOnly: arguments[0], resultTypes: ['violations'], preload: false })
    .then((r) => r.violations.map((v) => `${v.id}: ${v.help}\\n` + v.nodes.map((n) => `      ${n.html}\\n      ${n.failureSummary}`).join('\\n')))";

/// Elements that reach beyond the right edge, where the page itself does.
const TOO_WIDE: &str = "const wide = document.documentElement.scrollWidth - innerWidth;
    if (wide <= 0) return [];
    const beyond = [...document.body.querySelectorAll('*')].filter((e) => e.getBoundingClientRect().right > innerWidth + 0.5);
    return [`${wide} px beyond ${innerWidth}`, ...beyond.slice(0, 5).map((e) => e.outerHTML.slice(0, 200))]";

/// The checker itself, as npm has it.
fn axe() -> &'static str {
    static AXE: OnceLock<String> = OnceLock::new();
    AXE.get_or_init(|| {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../web/node_modules/axe-core/axe.min.js");
        std::fs::read_to_string(path).expect("axe-core (make web)")
    })
}

fn lines(value: &Value) -> Vec<String> {
    let all = value.as_array().map_or(&[][..], Vec::as_slice);
    all.iter().filter_map(|v| v.as_str().map(str::to_owned)).collect()
}

impl Browser {
    /// Looks at the page that is open, at both widths. What is wrong with it fails the journey at its end. Without scripts
    /// axe does not run; widths and console are looked at all the same.
    pub async fn looks_right(&self, state: &str) {
        // Before axe, which tries things that our policy refuses.
        let mut wrong = self.complaints().await;
        if self.setting.scripts {
            // Through the driver, not through the page, whose policy would refuse it.
            self.script(axe(), json!([])).await;
        }
        for width in WIDTHS {
            self.resize(width).await;
            self.keep_picture(state, width).await;
            if self.setting.scripts {
                let found = self.script(RUN, json!([RULES])).await;
                wrong.extend(lines(&found).into_iter().map(|v| format!("at {width} px, {v}")));
            }
            wrong.extend(self.too_wide(width).await);
        }
        if self.setting.scripts {
            self.prefers("dark").await;
            let found = self.script(RUN, json!(["color-contrast"])).await;
            wrong.extend(lines(&found).into_iter().map(|v| format!("in the dark, {v}")));
            self.prefers("light").await;
        }
        self.resize(NARROWEST).await;
        wrong.extend(self.too_wide(NARROWEST).await);
        self.resize(self.setting.width).await;
        self.log().await;
        if !wrong.is_empty() {
            let found = format!("{state} ({}):\n    {}", self.address().await, wrong.join("\n    "));
            self.findings.lock().expect("nobody panics with the list in hand").push(found);
        }
    }

    async fn too_wide(&self, width: u32) -> Vec<String> {
        let found = self.script(TOO_WIDE, json!([])).await;
        lines(&found).into_iter().map(|v| format!("at {width} px, too wide: {v}")).collect()
    }

    /// What the console says, apart from the status of the page itself: refusals are pages too.
    pub async fn complaints(&self) -> Vec<String> {
        let entries = self.log().await;
        let entries = entries.as_array().cloned().unwrap_or_default();
        let text = |entry: &Value, key: &str| entry.get(key).and_then(Value::as_str).unwrap_or("").to_owned();
        let is_refusal = |entry: &Value| {
            text(entry, "source") == "network" && text(entry, "message").contains("status of 4")
        };
        // Advice to developers is no complaint.
        let is_advice = |entry: &Value| text(entry, "level") == "DEBUG";
        let said: BTreeSet<String> = entries
            .iter()
            .filter(|e| !is_refusal(e) && !is_advice(e))
            .map(|e| format!("console: {}", text(e, "message")))
            .collect();
        said.into_iter().collect()
    }
}
