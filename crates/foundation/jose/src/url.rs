//! Addresses in the form in which two that mean the same are equal (RFC 3986 section 6.2), for `htu` alone.

use std::fmt::Write;

const URL_BYTES_MAX: usize = 2048;

/// The address without query and fragment, in its normal form; none where it is not an absolute `http` or `https` one.
pub fn normal(url: &str) -> Option<String> {
    if url.len() > URL_BYTES_MAX || !url.bytes().all(|b| b.is_ascii_graphic()) {
        return None;
    }
    let (scheme, rest) = url.split_once("://")?;
    let scheme = scheme.to_ascii_lowercase();
    let default_port = match scheme.as_str() {
        "https" => "443",
        "http" => "80",
        _ => return None,
    };
    let rest = rest.split(['?', '#']).next()?;
    let (authority, path) = match rest.find('/') {
        Some(at) => rest.split_at(at),
        None => (rest, "/"),
    };
    let (host, port) = split_port(authority)?;
    let mut out = format!("{scheme}://{}", host.to_ascii_lowercase());
    if !port.is_empty() && port != default_port {
        write!(out, ":{port}").ok()?;
    }
    out.push_str(&without_dots(&letters(path)?));
    Some(out)
}

/// Host and port; no user names, and nothing empty.
fn split_port(authority: &str) -> Option<(&str, &str)> {
    let bracket = authority.rfind(']').map_or(0, |at| at + 1);
    let (host, port) = match authority.get(bracket..)?.rfind(':') {
        Some(at) => (authority.get(..bracket + at)?, authority.get(bracket + at + 1..)?),
        None => (authority, ""),
    };
    let good_host = !host.is_empty()
        && !host.contains(['@', '\\', '%', '<', '>', '"', '^', '`', '{', '|', '}'])
        && (bracket == 0 || (bracket == host.len() && host.starts_with('[')))
        && (bracket > 0 || !host.contains([':', '[']));
    let good_port = port.len() <= 5 && port.bytes().all(|b| b.is_ascii_digit());
    (good_host && good_port).then_some((host, port))
}

/// Percent-encoding of letters that need none undone, the rest in capitals.
fn letters(path: &str) -> Option<String> {
    let mut out = String::with_capacity(path.len());
    let mut rest = path.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            out.push(char::from(byte));
            continue;
        }
        let digit = |b: Option<u8>| char::from(b?).to_digit(16);
        let value = u8::try_from(digit(rest.next())? * 16 + digit(rest.next())?).ok()?;
        if value.is_ascii_alphanumeric() || b"-._~".contains(&value) {
            out.push(char::from(value));
        } else {
            write!(out, "%{value:02X}").ok()?;
        }
    }
    Some(out)
}

/// RFC 3986 section 5.2.4, for a path that begins with a slash.
fn without_dots(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let mut ends_open = false;
    for segment in path.split('/').skip(1) {
        ends_open = matches!(segment, "." | "..");
        match segment {
            "." => {}
            ".." => {
                kept.pop();
            }
            other => kept.push(other),
        }
    }
    let mut out: String = kept.iter().flat_map(|segment| ["/", segment]).collect();
    if ends_open || out.is_empty() {
        out.push('/');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_mean_the_same_are_equal() {
        for (one, other) in [
            ("https://Id.Gov.VN", "https://id.gov.vn/"),
            ("HTTPS://id.gov.vn:443/token", "https://id.gov.vn/token"),
            ("http://127.0.0.1:80/a", "http://127.0.0.1/a"),
            ("https://id.gov.vn:/token", "https://id.gov.vn/token"),
            ("https://id.gov.vn/token?x=1#y", "https://id.gov.vn/token"),
            ("https://id.gov.vn/%74oken", "https://id.gov.vn/token"),
            ("https://id.gov.vn/%c3%a0", "https://id.gov.vn/%C3%A0"),
            ("https://id.gov.vn/a/./b/../token", "https://id.gov.vn/a/token"),
            ("https://id.gov.vn/a/..", "https://id.gov.vn/"),
            ("https://id.gov.vn/../../a/.", "https://id.gov.vn/a/"),
            ("https://[2001:DB8::1]:443/a", "https://[2001:db8::1]/a"),
        ] {
            assert_eq!(normal(one).as_deref(), Some(other), "{one}");
            assert_eq!(normal(other).as_deref(), Some(other), "{other}");
        }
    }

    #[test]
    fn addresses_that_differ_stay_different() {
        let all = [
            "https://id.gov.vn/token",
            "http://id.gov.vn/token",
            "https://id.gov.vn:8443/token",
            "https://id.gov.vn/Token",
            "https://id.gov.vn/token/",
            "https://id.gov.vn//token",
            "https://id.gov.vn/%2Ftoken",
            "https://id.gov.vn.evil.example/token",
        ];
        let normal: std::collections::BTreeSet<_> = all.iter().map(|url| normal(url)).collect();
        assert_eq!(normal.len(), all.len());
        assert!(!normal.contains(&None));
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for bad in [
            "",
            "id.gov.vn/token",
            "ftp://id.gov.vn/",
            "https:///token",
            "https://u@id.gov.vn/",
            "https://id.gov.vn:99999999/",
            "https://id.gov.vn:8a/",
            "https://a:b:1/",
            "https://[::1/",
            "https://x[::1]/",
            "https://id.gov.vn/%zz",
            "https://id.gov.vn/%4",
            "https://id.gov.vn/a b",
            "https://id.gov.vn/à",
            "javascript://x",
        ] {
            assert_eq!(normal(bad), None, "{bad}");
        }
        assert_eq!(normal(&format!("https://id.gov.vn/{}", "a".repeat(URL_BYTES_MAX))), None);
    }
}
