//! Files that browsers fetch: the style sheet, fonts and scripts, embedded, named by their content.
//!
//! The address of a file carries the hash of its bytes (`/assets/site.3f9a….css`), so it is cached for ever and a new
//! release never meets an old copy. Text is compressed once, when the assets are gathered; fonts already are.

use std::{collections::BTreeMap, io::Write, sync::LazyLock};

use axum::{
    extract::Path,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use flate2::{Compression, write::GzEncoder};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use sha2::{Digest, Sha256};

/// Where assets are served.
pub const ASSETS_PATH: &str = "/assets/";

macro_rules! font {
    ($name:literal) => {
        (
            concat!($name, ".woff2"),
            include_bytes!(concat!(env!("OUT_DIR"), "/", $name, ".woff2")) as &'static [u8],
        )
    };
}

const FONTS: [(&str, &[u8]); 6] = [
    font!("be-vietnam-pro-latin-400"),
    font!("be-vietnam-pro-latin-600"),
    font!("be-vietnam-pro-latin-ext-400"),
    font!("be-vietnam-pro-latin-ext-600"),
    font!("be-vietnam-pro-vietnamese-400"),
    font!("be-vietnam-pro-vietnamese-600"),
];
const HTMX: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/htmx.js"));
const SITE_JS: &[u8] = include_bytes!("assets/site.js");
const SITE_CSS: &str = include_str!("assets/site.css");
const MARK: &[u8] = include_bytes!("assets/mark.svg");

/// A site's own file, such as a script for one page.
#[derive(Debug, Clone, Copy)]
pub struct Extra {
    /// Plain file name with its ending: `verify.js`. Endings known: js, css, svg, woff2, png, json.
    pub name: &'static str,
    pub bytes: &'static [u8],
}

#[derive(Debug, Clone)]
struct Asset {
    path: String,
    content_type: &'static str,
    plain: Bytes,
    gzip: Option<Bytes>,
}

/// Every asset by its plain name.
#[derive(Debug, Clone, Default)]
pub struct Assets {
    by_name: BTreeMap<String, Asset>,
}

static BUILT_IN: LazyLock<Assets> = LazyLock::new(|| {
    let mut assets = Assets::default();
    let mut css = without_comments(SITE_CSS);
    for (name, bytes) in FONTS {
        assets.add(name, Bytes::from_static(bytes));
        css = css.replace(&format!("url({name})"), &format!("url({})", assets.url(name)));
    }
    assets.add("htmx.js", Bytes::from_static(HTMX));
    assets.add("site.js", Bytes::from_static(SITE_JS));
    assets.add("mark.svg", Bytes::from_static(MARK));
    assets.add("site.css", Bytes::from(css));
    assets
});

impl Assets {
    /// Our own files and those a site adds.
    pub fn gather(extras: &[Extra]) -> Self {
        let mut assets = BUILT_IN.clone();
        for extra in extras {
            assets.add(extra.name, Bytes::from_static(extra.bytes));
        }
        assets
    }

    /// The address of an asset by its plain name. An unknown name gives an address that is not found.
    pub fn url(&self, name: &str) -> String {
        self.by_name.get(name).map_or_else(|| format!("{ASSETS_PATH}{name}"), |a| a.path.clone())
    }

    /// Size over the wire in bytes, as browsers that take gzip receive it.
    pub fn wire_bytes(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).map(|a| a.gzip.as_ref().unwrap_or(&a.plain).len())
    }

    fn add(&mut self, name: &str, plain: Bytes) {
        let (stem, ending) = name.rsplit_once('.').unwrap_or((name, ""));
        let hash = hex::encode(Sha256::digest(&plain)).chars().take(16).collect::<String>();
        let path = format!("{ASSETS_PATH}{stem}.{hash}.{ending}");
        let content_type = content_type(ending);
        let gzip = (!matches!(ending, "woff2" | "png")).then(|| compress(&plain)).flatten();
        self.by_name.insert(name.into(), Asset { path, content_type, plain, gzip });
    }

    /// Answers one request under [`ASSETS_PATH`].
    pub(crate) fn serve(&self, Path(file): Path<String>, headers: &HeaderMap) -> Response {
        let path = format!("{ASSETS_PATH}{file}");
        let Some(asset) = self.by_name.values().find(|a| a.path == path) else {
            return StatusCode::NOT_FOUND.into_response();
        };
        let mut out = HeaderMap::new();
        out.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.content_type));
        out.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
        out.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        let takes_gzip = headers
            .get(header::ACCEPT_ENCODING)
            .and_then(|v| v.to_str().ok())
            .is_some_and(|v| v.split(',').any(|e| e.trim().eq_ignore_ascii_case("gzip")));
        match &asset.gzip {
            Some(gzip) if takes_gzip => {
                out.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
                (out, gzip.clone()).into_response()
            }
            _ => (out, asset.plain.clone()).into_response(),
        }
    }
}

fn content_type(ending: &str) -> &'static str {
    match ending {
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "woff2" => "font/woff2",
        "png" => "image/png",
        "json" => "application/json",
        _ => "application/octet-stream",
    }
}

fn compress(plain: &[u8]) -> Option<Bytes> {
    let mut out = GzEncoder::new(Vec::new(), Compression::best());
    out.write_all(plain).ok()?;
    out.finish().ok().map(Bytes::from).filter(|packed| packed.len() < plain.len())
}

/// The style sheet as it travels: no comments, no indentation.
fn without_comments(css: &str) -> String {
    let mut out = String::with_capacity(css.len());
    let mut rest = css;
    while let Some((before, after)) = rest.split_once("/*") {
        out.push_str(before);
        rest = after.split_once("*/").map_or("", |(_, after)| after);
    }
    out.push_str(rest);
    out.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    const CSS_GZIP_BYTES_MAX: usize = 30 * 1024;
    const FIRST_PAGE_BYTES_MAX: usize = 100 * 1024;
    const HTML_BYTES_ALLOWED: usize = 12 * 1024;

    #[test]
    fn the_style_sheet_and_the_first_page_stay_small() {
        let assets = Assets::gather(&[]);
        let of = |name: &str| assets.wire_bytes(name).unwrap();
        assert!(of("site.css") <= CSS_GZIP_BYTES_MAX, "site.css is {} bytes", of("site.css"));
        let fonts: usize = ["latin-400", "latin-600", "vietnamese-400", "vietnamese-600"]
            .iter()
            .map(|f| of(&format!("be-vietnam-pro-{f}.woff2")))
            .sum();
        let page = fonts + of("site.css") + of("site.js") + of("mark.svg") + HTML_BYTES_ALLOWED;
        assert!(page <= FIRST_PAGE_BYTES_MAX, "the first page is {page} bytes");
    }

    #[test]
    fn the_style_sheet_names_fonts_by_their_hashed_address() {
        let css = String::from_utf8(BUILT_IN.by_name["site.css"].plain.to_vec()).unwrap();
        assert!(!css.contains("/*") && !css.contains("url(be-vietnam"));
        for (name, _) in FONTS {
            assert!(css.contains(&BUILT_IN.url(name)), "{name}");
        }
    }
}
