//! A QR code as one path of unit squares, dark on light in either colour scheme. Works under a policy without images.

use maud::{Markup, html};
use qrcode::{Color, EcLevel, QrCode};

/// Light modules around a QR code (ISO/IEC 18004).
const QUIET_ZONE: usize = 4;

/// `label` says what is in it; beside it stands the same for those who have no camera.
pub fn qr(text: &str, label: &str) -> Markup {
    let Ok(code) = QrCode::with_error_correction_level(text, EcLevel::M) else { return html! {} };
    let width = code.width();
    let dark = code.into_colors().into_iter().enumerate().filter(|(_, c)| *c == Color::Dark);
    let squares: String = dark
        .map(|(at, _)| format!("M{} {}h1v1h-1z", at % width + QUIET_ZONE, at / width + QUIET_ZONE))
        .collect();
    let side = width + 2 * QUIET_ZONE;
    html! {
        svg.qr viewBox={ "0 0 " (side) " " (side) } role="img" aria-label=(label) shape-rendering="crispEdges" width="240" height="240" {
            rect width=(side) height=(side) fill="#fff" {}
            path d=(squares) fill="#000" {}
        }
    }
}
