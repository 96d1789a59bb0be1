//! Takes what browsers get out of `web/node_modules` and lays it where the crate can embed it.
//!
//! Only named files are taken: the fonts, htmx and the icons that pages draw inline. Nothing is fetched here.

use std::{env, error::Error, fmt::Write as _, fs, path::Path};

/// Two weights keep the first page under 100 KB; a third would cost 34 KB more.
const FONTS: [&str; 6] = [
    "be-vietnam-pro-latin-400",
    "be-vietnam-pro-latin-600",
    "be-vietnam-pro-latin-ext-400",
    "be-vietnam-pro-latin-ext-600",
    "be-vietnam-pro-vietnamese-400",
    "be-vietnam-pro-vietnamese-600",
];

/// The icons that exist: the variant's name in Rust, and Lucide's file.
const ICONS: [(&str, &str); 38] = [
    ("Alert", "triangle-alert"),
    ("ArrowDown", "arrow-down"),
    ("ArrowLeft", "arrow-left"),
    ("ArrowRight", "arrow-right"),
    ("ArrowUp", "arrow-up"),
    ("Bell", "bell"),
    ("Building", "building-2"),
    ("Calendar", "calendar-days"),
    ("Check", "check"),
    ("CheckCircle", "circle-check"),
    ("ChevronRight", "chevron-right"),
    ("CircleDot", "circle-dot"),
    ("CircleX", "circle-x"),
    ("Clock", "clock"),
    ("Download", "download"),
    ("Eye", "eye"),
    ("File", "file-text"),
    ("Filter", "list-filter"),
    ("Flag", "flag"),
    ("Folder", "folder-open"),
    ("Globe", "globe"),
    ("Help", "circle-question-mark"),
    ("Home", "house"),
    ("Inbox", "inbox"),
    ("Info", "info"),
    ("Key", "key-round"),
    ("LogOut", "log-out"),
    ("MapPin", "map-pin"),
    ("Paperclip", "paperclip"),
    ("Pause", "circle-pause"),
    ("Printer", "printer"),
    ("QrCode", "qr-code"),
    ("Search", "search"),
    ("Send", "send"),
    ("Shield", "shield-check"),
    ("Undo", "undo-2"),
    ("User", "user-round"),
    ("Users", "users-round"),
];

fn main() -> Result<(), Box<dyn Error>> {
    let modules = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("../../../web/node_modules");
    let out = env::var("OUT_DIR")?;
    let out = Path::new(&out);
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={}", modules.join(".package-lock.json").display());
    if !modules.join("htmx.org").is_dir() {
        println!("cargo::error=web/node_modules is missing: run `make web` first (it runs `npm ci` in web/)");
        return Ok(());
    }
    for font in FONTS {
        let name = format!("{font}-normal.woff2");
        fs::copy(
            modules.join("@fontsource/be-vietnam-pro/files").join(name),
            out.join(format!("{font}.woff2")),
        )?;
    }
    fs::copy(modules.join("htmx.org/dist/htmx.min.js"), out.join("htmx.js"))?;

    let mut rust = String::from("/// A Lucide icon (ISC licence), drawn inline.\n");
    rust.push_str("#[derive(Debug, Clone, Copy, PartialEq, Eq)]\npub enum Icon {\n");
    for (variant, _) in ICONS {
        writeln!(rust, "    {variant},")?;
    }
    rust.push_str(
        "}\n\nimpl Icon {\n    /// Every icon, for the gallery.\n    pub const ALL: &[Self] = &[\n",
    );
    for (variant, _) in ICONS {
        writeln!(rust, "        Self::{variant},")?;
    }
    rust.push_str("    ];\n\n    fn shapes(self) -> &'static str {\n        match self {\n");
    for (variant, file) in ICONS {
        let svg = fs::read_to_string(modules.join("lucide-static/icons").join(format!("{file}.svg")))
            .map_err(|e| format!("icon {file}: {e}"))?;
        writeln!(rust, "            Self::{variant} => {:?},", shapes(&svg)?)?;
    }
    rust.push_str("        }\n    }\n}\n");
    fs::write(out.join("icons.rs"), rust)?;
    Ok(())
}

/// What stands between the opening and the closing tag of the picture.
fn shapes(svg: &str) -> Result<String, Box<dyn Error>> {
    let (_, rest) = svg.split_once("<svg").ok_or("no <svg")?;
    let (_, inner) = rest.split_once('>').ok_or("no end of <svg")?;
    let (inner, _) = inner.split_once("</svg>").ok_or("no </svg>")?;
    Ok(inner.split_whitespace().collect::<Vec<_>>().join(" "))
}
