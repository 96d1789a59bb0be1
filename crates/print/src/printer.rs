//! The typst side: embedded fonts and templates, one compilation per document, export as tagged PDF/A.

use std::{
    collections::HashSet,
    sync::atomic::{AtomicU32, Ordering},
};

use base::vietnam_time;
use qrcode::{EcLevel, QrCode, render::svg};
use sha2::{Digest, Sha256};
use typst::{
    Feature, Library, LibraryExt, World,
    diag::{FileError, FileResult, SourceDiagnostic},
    foundations::{Bytes, Datetime, Duration, Smart},
    syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot},
    text::{Font, FontBook, FontStyle, FontWeight},
    utils::LazyHash,
};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards, Timestamp};

use crate::{Document, PrintError, clean::clean};

/// SIL Open Font License; Latin with all Vietnamese letters, Greek, Cyrillic.
const FONT_FAMILY: &str = "Libertinus Serif";
/// The faces that documents use. The bold italic one is left out: it has no `ơ` and `ư`.
const FACES: [(FontStyle, FontWeight); 3] = [
    (FontStyle::Normal, FontWeight::REGULAR),
    (FontStyle::Italic, FontWeight::REGULAR),
    (FontStyle::Normal, FontWeight::BOLD),
];
/// How many documents share typst's global cache before what the last ones did not use is dropped.
const DOCUMENTS_PER_EVICTION: u32 = 8;
const VIETNAM_OFFSET_MINUTES: i32 = 7 * 60;

const TEMPLATES: [(&str, &str); 6] = [
    ("house", include_str!("../templates/house.typ")),
    ("receipt", include_str!("../templates/receipt.typ")),
    ("supplement", include_str!("../templates/supplement.typ")),
    ("refusal", include_str!("../templates/refusal.typ")),
    ("confirmation", include_str!("../templates/confirmation.typ")),
    ("notice", include_str!("../templates/notice.typ")),
];

/// A finished document.
#[derive(Clone, PartialEq, Eq)]
pub struct Pdf {
    /// PDF 1.7, conforming to PDF/A-2a and PDF/UA-1.
    pub bytes: Vec<u8>,
    /// SHA-256 of `bytes`.
    pub sha256: [u8; 32],
}

impl Pdf {
    pub fn sha256_hex(&self) -> String {
        hex::encode(self.sha256)
    }
}

/// Prints documents. Costly to make, cheap to use: make one and share it between threads. Printing is pure computation
/// of some milliseconds; asynchronous callers run it on a blocking thread.
pub struct Printer {
    library: LazyHash<Library>,
    book: LazyHash<FontBook>,
    fonts: Vec<Font>,
    /// The characters that every face has: a letter and its marks then always come from the same face, in any style.
    letters: HashSet<u32>,
    templates: Vec<Source>,
    standards: PdfStandards,
    printed: AtomicU32,
}

impl Printer {
    /// Loads the embedded fonts and parses the templates.
    pub fn new() -> Result<Self, PrintError> {
        let broken = |reason: String| PrintError::Template { template: "house", reason };
        let fonts: Vec<Font> = typst_assets::fonts()
            .flat_map(|data| Font::iter(Bytes::new(data)))
            .filter(|font| font.info().family == FONT_FAMILY && FACES.contains(&style(font)))
            .collect();
        let letters = fonts
            .iter()
            .map(|font| font.info().coverage.iter().collect::<HashSet<u32>>())
            .reduce(|all, face| &all & &face)
            .unwrap_or_default();
        let templates = TEMPLATES
            .iter()
            .map(|(name, text)| Ok(Source::new(path_id(&format!("/{name}.typ"))?, (*text).to_owned())))
            .collect::<Result<Vec<_>, PrintError>>()?;
        let standards = PdfStandards::new(&[PdfStandard::A_2a, PdfStandard::Ua_1])
            .map_err(|e| broken(e.message().to_string()))?;
        // Row headers of tables are still an optional feature of typst; screen readers need them.
        let features = [Feature::A11yExtras].into_iter().collect();
        Ok(Self {
            library: LazyHash::new(Library::builder().with_features(features).build()),
            book: LazyHash::new(FontBook::from_fonts(&fonts)),
            fonts,
            letters,
            templates,
            standards,
            printed: AtomicU32::new(0),
        })
    }

    /// Prints one document. Equal documents give equal bytes.
    pub fn print(&self, document: &Document) -> Result<Pdf, PrintError> {
        let template = document.body.kind();
        // Typst quotes what it could not set; of real documents that is personal data.
        let failed = |errors: &[SourceDiagnostic]| PrintError::Template {
            template,
            reason: if document.head.synthetic { messages(errors) } else { "withheld".to_owned() },
        };
        let job = Job {
            printer: self,
            main: path_id(&format!("/{template}.typ"))?,
            data_id: path_id("/document.json")?,
            data: self.data(document)?,
            qr_id: path_id("/qr.svg")?,
            qr: qr(&document.head.verify_url)?,
        };
        let pages = typst::compile::<PagedDocument>(&job).output.map_err(|e| failed(&e))?;
        let options = PdfOptions {
            ident: Smart::Custom(document.head.verify_url.clone()),
            creator: Smart::Custom(Some("Lienthong".to_owned())),
            timestamp: created(document),
            standards: self.standards.clone(),
            ..PdfOptions::default()
        };
        let bytes = typst_pdf::pdf(&pages, &options).map_err(|e| failed(&e))?;
        if self.printed.fetch_add(1, Ordering::Relaxed).is_multiple_of(DOCUMENTS_PER_EVICTION) {
            comemo::evict(1);
        }
        let sha256 = Sha256::digest(&bytes).into();
        Ok(Pdf { bytes, sha256 })
    }

    /// The document as the JSON that the templates read.
    fn data(&self, document: &Document) -> Result<Bytes, PrintError> {
        let failed = |e: serde_json::Error| PrintError::Template {
            template: document.body.kind(),
            reason: e.to_string(),
        };
        let mut value = serde_json::to_value(document).map_err(failed)?;
        if clean(&mut value, &|c| self.letters.contains(&c.into())) > Document::CHARS_MAX {
            return Err(PrintError::TooLong);
        }
        // The address was checked on its own and must not get places to break: readers copy it.
        if let Some(url) = value.pointer_mut("/head/verify_url") {
            *url = document.head.verify_url.as_str().into();
        }
        Ok(Bytes::new(serde_json::to_vec(&value).map_err(failed)?))
    }
}

/// One compilation: the shared printer with this document's two files beside the templates.
struct Job<'a> {
    printer: &'a Printer,
    main: FileId,
    data_id: FileId,
    data: Bytes,
    qr_id: FileId,
    qr: Bytes,
}

impl World for Job<'_> {
    fn library(&self) -> &LazyHash<Library> {
        &self.printer.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &self.printer.book
    }

    fn main(&self) -> FileId {
        self.main
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        let known = self.printer.templates.iter().find(|source| source.id() == id);
        known.cloned().ok_or(FileError::AccessDenied)
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        match id {
            id if id == self.data_id => Ok(self.data.clone()),
            id if id == self.qr_id => Ok(self.qr.clone()),
            _ => Err(FileError::AccessDenied),
        }
    }

    fn font(&self, index: usize) -> Option<Font> {
        self.printer.fonts.get(index).cloned()
    }

    /// Documents know no "today": their dates are data.
    fn today(&self, _: Option<Duration>) -> Option<Datetime> {
        None
    }
}

fn style(font: &Font) -> (FontStyle, FontWeight) {
    let variant = font.info().variant;
    (variant.style, variant.weight)
}

fn path_id(path: &str) -> Result<FileId, PrintError> {
    let path = VirtualPath::new(path)
        .map_err(|e| PrintError::Template { template: "house", reason: e.to_string() })?;
    Ok(FileId::new(RootedPath::new(VirtualRoot::Project, path)))
}

/// The QR code of the address, as a vector image.
fn qr(url: &str) -> Result<Bytes, PrintError> {
    let plain = url.bytes().all(|b| b.is_ascii_graphic());
    let web = url.starts_with("https://") || url.starts_with("http://");
    if !plain || !web || url.len() > Document::URL_BYTES_MAX {
        return Err(PrintError::VerifyUrl);
    }
    let code = QrCode::with_error_correction_level(url, EcLevel::M).map_err(|_| PrintError::VerifyUrl)?;
    let image = code.render::<svg::Color<'_>>().module_dimensions(1, 1).build();
    Ok(Bytes::from_string(image))
}

/// The time of signing, as the creation date in the metadata.
fn created(document: &Document) -> Option<Timestamp> {
    let at = vietnam_time(document.head.signature.at);
    let part = |n: i8| u8::try_from(n).ok();
    let moment = Datetime::from_ymd_hms(
        i32::from(at.year()),
        part(at.month())?,
        part(at.day())?,
        part(at.hour())?,
        part(at.minute())?,
        part(at.second())?,
    )?;
    Timestamp::new_local(moment, VIETNAM_OFFSET_MINUTES)
}

fn messages(errors: &[SourceDiagnostic]) -> String {
    errors.iter().map(|e| e.message.as_str()).collect::<Vec<_>>().join("; ")
}
