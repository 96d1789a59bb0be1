//! One name for a server on one's own machine: `localhost`, never its address.
//!
//! Passkeys belong to a name and there are none for addresses (WebAuthn section 5.4.2), and what a browser keeps for the
//! one it does not show to the other. So whoever comes by the address is sent on to the name, and the name is answered at
//! both of its addresses.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use axum::{
    Router,
    extract::Request,
    http::{
        Uri,
        header::HOST,
        uri::{Authority, Scheme},
    },
    middleware::{Next, from_fn},
    response::{IntoResponse, Redirect},
};
use tokio::net::TcpListener;

use crate::config::Config;

const NAME: &str = "localhost";
const HTTP: u16 = 80;

/// Our port, where the public reaches us as `http://localhost`.
fn port(public_url: &str) -> Option<u16> {
    let url: Uri = public_url.parse().ok()?;
    let local = url.scheme() == Some(&Scheme::HTTP) && url.host() == Some(NAME);
    local.then(|| url.port_u16().unwrap_or(HTTP))
}

/// Sends on to the name whoever comes by the address.
pub fn lead_to_name(routes: Router, public_url: &str) -> Router {
    let Some(port) = port(public_url) else { return routes };
    let root = public_url.trim_end_matches('/').to_owned();
    routes.layer(from_fn(move |request: Request, next: Next| {
        let came = request.headers().get(HOST).and_then(|host| Authority::try_from(host.as_bytes()).ok());
        let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
        let to = came.filter(|came| is_address(came, port)).map(|_| format!("{root}{path}"));
        async move {
            match to {
                Some(to) => Redirect::temporary(&to).into_response(),
                None => next.run(request).await,
            }
        }
    }))
}

fn is_address(came: &Authority, port: u16) -> bool {
    let host = came.host().trim_matches(['[', ']']).parse::<IpAddr>();
    host.is_ok_and(|address| address.is_loopback()) && came.port_u16().unwrap_or(HTTP) == port
}

/// The other address of the name, for programs that try only the first. None where there is none, or somebody else has it.
pub async fn other_listener(config: &Config) -> Option<TcpListener> {
    if port(&config.public_url) != Some(config.listen.port()) {
        return None;
    }
    let other: IpAddr = match config.listen.ip() {
        IpAddr::V4(Ipv4Addr::LOCALHOST) => Ipv6Addr::LOCALHOST.into(),
        IpAddr::V6(Ipv6Addr::LOCALHOST) => Ipv4Addr::LOCALHOST.into(),
        _ => return None,
    };
    TcpListener::bind(SocketAddr::new(other, config.listen.port())).await.ok()
}

#[cfg(test)]
mod tests {
    use axum::{
        body::Body,
        http::{StatusCode, header::LOCATION},
        routing::get,
    };
    use tower::ServiceExt;

    use super::*;

    async fn at(public_url: &str, host: &str) -> (StatusCode, Option<String>) {
        let routes = lead_to_name(Router::new().route("/a", get(|| async {})), public_url);
        let request = Request::get("/a?b=c").header(HOST, host).body(Body::empty()).unwrap();
        let answer = routes.oneshot(request).await.unwrap();
        let to = answer.headers().get(LOCATION).map(|to| to.to_str().unwrap().to_owned());
        (answer.status(), to)
    }

    #[tokio::test]
    async fn who_comes_by_the_address_is_sent_to_the_name() {
        let home = "http://localhost:8080";
        let sent = (StatusCode::TEMPORARY_REDIRECT, Some("http://localhost:8080/a?b=c".to_owned()));
        for host in ["127.0.0.1:8080", "[::1]:8080"] {
            assert_eq!(at(home, host).await, sent, "{host}");
        }
        assert_eq!(at("http://localhost", "127.0.0.1").await.1.as_deref(), Some("http://localhost/a?b=c"));
        for (public_url, host) in [
            (home, "localhost:8080"),
            (home, "127.0.0.1:9000"),
            (home, "nonsense@"),
            ("https://dichvucong.example.vn", "127.0.0.1:8080"),
            ("http://127.0.0.1:8080", "127.0.0.1:8080"),
        ] {
            assert_eq!(at(public_url, host).await, (StatusCode::OK, None), "{public_url} {host}");
        }
    }
}
