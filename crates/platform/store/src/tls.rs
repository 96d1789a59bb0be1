//! The way to the database server: over a network it is encrypted, and the server is the one that the address names.
//!
//! Whose word counts are the authorities that this machine trusts; `SSL_CERT_FILE` names others. A unix socket and
//! `sslmode=disable` need none of it. On loopback a server without TLS is accepted, elsewhere never by default.

use std::sync::Arc;

use rustls::{ClientConfig, RootCertStore, crypto::aws_lc_rs};
use tokio::task::JoinHandle;
use tokio_postgres::{
    Client, Config, NoTls,
    config::{Host, SslMode},
};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::StoreError;

/// How to reach a server.
pub(crate) enum Way {
    Plain,
    Encrypted(MakeRustlsConnect),
}

/// Settles whether this server is reached with TLS; `config` is made stricter where it left that open.
pub(crate) fn way(config: &mut Config) -> Result<Way, StoreError> {
    let names: Vec<String> = config
        .get_hosts()
        .iter()
        .filter_map(|host| match host {
            Host::Tcp(name) => Some(name.clone()),
            Host::Unix(_) => None,
        })
        .collect();
    if names.is_empty() || config.get_ssl_mode() == SslMode::Disable {
        return Ok(Way::Plain);
    }
    if !names.iter().all(|name| is_loopback(name)) && config.get_ssl_mode() == SslMode::Prefer {
        config.ssl_mode(SslMode::Require);
    }
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    Ok(Way::Encrypted(connector(roots)?))
}

fn is_loopback(name: &str) -> bool {
    name == "localhost" || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

pub(crate) fn connector(roots: RootCertStore) -> Result<MakeRustlsConnect, StoreError> {
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|e| StoreError::Unavailable(Box::new(e)))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

/// One connection outside the pool, with the task that drives it: it ends when the client is dropped.
pub async fn connect(config: &Config) -> Result<(Client, JoinHandle<()>), StoreError> {
    let mut config = config.clone();
    match way(&mut config)? {
        Way::Plain => {
            let (client, connection) = config.connect(NoTls).await?;
            Ok((client, tokio::spawn(async move { drop(connection.await) })))
        }
        Way::Encrypted(tls) => {
            let (client, connection) = config.connect(tls).await?;
            Ok((client, tokio::spawn(async move { drop(connection.await) })))
        }
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
    use rustls::{
        ServerConfig,
        pki_types::{CertificateDer, PrivateKeyDer},
    };
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
    };
    use tokio_rustls::TlsAcceptor;

    use super::*;

    fn mode(url: &str) -> (bool, SslMode) {
        let mut config: Config = url.parse().unwrap();
        let encrypted = matches!(way(&mut config).unwrap(), Way::Encrypted(_));
        (encrypted, config.get_ssl_mode())
    }

    #[test]
    fn over_a_network_nothing_travels_in_clear_unless_the_operator_says_so() {
        assert_eq!(mode("host=/run/postgresql dbname=x"), (false, SslMode::Prefer));
        assert_eq!(mode("postgres://db.example.vn/x"), (true, SslMode::Require));
        assert_eq!(mode("postgres://10.1.2.3/x?sslmode=require"), (true, SslMode::Require));
        assert_eq!(mode("postgres://db.example.vn/x?sslmode=disable"), (false, SslMode::Disable));
        assert_eq!(mode("postgres://127.0.0.1/x"), (true, SslMode::Prefer));
    }

    /// A server that says yes to TLS and shows a certificate for `localhost` of an authority of its own. Tells what the
    /// first message after the handshake was: none when the client went away.
    async fn server() -> (u16, CertificateDer<'static>, JoinHandle<Option<[u8; 8]>>) {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let own =
            CertificateParams::new(["localhost".to_owned()]).unwrap().signed_by(&key, &authority).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![own.der().clone()], PrivateKeyDer::try_from(key.serialize_der()).unwrap())
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let told = tokio::spawn(async move {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut asked = [0; 8];
            socket.read_exact(&mut asked).await.unwrap();
            assert_eq!(asked, [0, 0, 0, 8, 4, 210, 22, 47], "a client asks for TLS before anything else");
            socket.write_all(b"S").await.unwrap();
            let mut stream = TlsAcceptor::from(Arc::new(config)).accept(socket).await.ok()?;
            let mut first = [0; 8];
            stream.read_exact(&mut first).await.ok()?;
            Some(first)
        });
        (port, authority.der().clone(), told)
    }

    async fn reach(port: u16, trusted: Option<CertificateDer<'static>>) {
        let mut roots = RootCertStore::empty();
        if let Some(certificate) = trusted {
            roots.add(certificate).unwrap();
        }
        let config: Config =
            format!("postgres://somebody@localhost:{port}/x?sslmode=require").parse().unwrap();
        // The server speaks no more than the handshake: reaching it always ends with an error.
        assert!(config.connect(connector(roots).unwrap()).await.is_err());
    }

    #[tokio::test]
    async fn a_server_whose_certificate_is_trusted_is_spoken_to() {
        let (port, authority, told) = server().await;
        reach(port, Some(authority)).await;
        let first = told.await.unwrap().unwrap();
        assert_eq!(first.get(4..), Some([0, 3, 0, 0].as_slice()), "the start-up message, protocol 3.0");
    }

    #[tokio::test]
    async fn a_server_whose_certificate_is_not_trusted_learns_nothing() {
        let (port, _, told) = server().await;
        reach(port, None).await;
        assert_eq!(told.await.unwrap(), None);
    }
}
