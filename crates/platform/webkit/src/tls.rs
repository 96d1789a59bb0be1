//! Serving over TLS, and asking clients for certificates (RFC 8705).
//!
//! A listener that asks takes any certificate whose key the client holds, as relying parties may register one of their own
//! making; whether an authority that the operator trusts vouches for it is told beside it. Browsers should not meet such a
//! listener: they would ask their user for a certificate.

use std::{io, path::Path, sync::Arc, time::Duration};

use rustls::{
    DigitallySignedStruct, DistinguishedName, RootCertStore, ServerConfig, SignatureScheme,
    client::danger::HandshakeSignatureValid,
    crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, PrivateKeyDer, UnixTime, pem::PemObject},
    server::{
        WebPkiClientVerifier,
        danger::{ClientCertVerified, ClientCertVerifier},
    },
};
use tokio::net::TcpStream;
use tokio_rustls::{TlsAcceptor, server::TlsStream};

/// A client must have shaken hands by then.
const HANDSHAKE_MAX: Duration = Duration::from_secs(10);

/// The certificate with which a client made its connection; its key is the client's, as the handshake proved.
#[derive(Debug, Clone)]
pub struct ClientCertificate {
    /// X.509 in DER.
    pub der: Arc<[u8]>,
    /// Whether an authority that the operator trusts vouches for it today.
    pub trusted: bool,
}

/// Whether clients are asked for a certificate.
#[derive(Debug, Clone, Copy)]
pub enum Ask<'a> {
    Nobody,
    /// Any certificate; the PEM file names authorities that count as trusted.
    Clients {
        authorities: Option<&'a Path>,
    },
}

#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    #[error("{0}: no PEM file with certificates or a key")]
    Pem(String),
    #[error("the certificate and its key do not serve for TLS: {0}")]
    Rustls(#[from] rustls::Error),
    #[error("the authorities of clients cannot be used: {0}")]
    Authorities(String),
}

/// A server's side of TLS. Cheap to clone.
#[derive(Clone)]
pub struct Tls {
    acceptor: TlsAcceptor,
    authorities: Option<Arc<dyn ClientCertVerifier>>,
}

impl Tls {
    /// Reads the server's certificate chain and its key, both PEM.
    pub fn load(certificate: &Path, key: &Path, ask: Ask<'_>) -> Result<Self, TlsError> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let chain = certificates(certificate)?;
        let key = PrivateKeyDer::from_pem_file(key).map_err(|_| TlsError::Pem(key.display().to_string()))?;
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()?;
        let (builder, authorities) = match ask {
            Ask::Nobody => (builder.with_no_client_auth(), None),
            Ask::Clients { authorities } => {
                let trusted = authorities.map(|file| verifier(file, &provider)).transpose()?;
                (builder.with_client_cert_verifier(Arc::new(AnyCertificate(provider))), trusted)
            }
        };
        let mut config = builder.with_single_cert(chain, key)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self { acceptor: TlsAcceptor::from(Arc::new(config)), authorities })
    }

    /// Shakes hands; gives the client's certificate, where it showed one.
    pub(crate) async fn accept(
        &self,
        stream: TcpStream,
    ) -> io::Result<(TlsStream<TcpStream>, Option<ClientCertificate>)> {
        let stream = tokio::time::timeout(HANDSHAKE_MAX, self.acceptor.accept(stream)).await??;
        let shown = stream.get_ref().1.peer_certificates().and_then(<[_]>::split_first);
        let certificate = shown.map(|(own, others)| ClientCertificate {
            der: own.as_ref().into(),
            trusted: self
                .authorities
                .as_ref()
                .is_some_and(|a| a.verify_client_cert(own, others, UnixTime::now()).is_ok()),
        });
        Ok((stream, certificate))
    }
}

fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let bad = || TlsError::Pem(file.display().to_string());
    let read: Result<Vec<_>, _> = CertificateDer::pem_file_iter(file).map_err(|_| bad())?.collect();
    read.ok().filter(|all| !all.is_empty()).ok_or_else(bad)
}

fn verifier(file: &Path, provider: &Arc<CryptoProvider>) -> Result<Arc<dyn ClientCertVerifier>, TlsError> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(file)? {
        roots.add(certificate)?;
    }
    WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider))
        .build()
        .map_err(|e| TlsError::Authorities(e.to_string()))
}

/// Takes every certificate, or none, but only from who holds its key.
#[derive(Debug)]
struct AnyCertificate(Arc<CryptoProvider>);

impl ClientCertVerifier for AnyCertificate {
    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use axum::{Extension, Router, routing::get};
    use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
    use rustls::{ClientConfig, pki_types::ServerName};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio_rustls::TlsConnector;

    use super::*;
    use crate::{ServeLimits, serve_tls};

    type Issuer = CertifiedIssuer<'static, KeyPair>;

    fn authority(name: &str) -> Issuer {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
    }

    fn issued(by: &Issuer) -> (rcgen::Certificate, KeyPair) {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(["localhost".to_owned()]).unwrap();
        (params.signed_by(&key, by).unwrap(), key)
    }

    /// Serves one route that tells what certificate it saw; gives its port.
    async fn server(own: &Issuer, clients: Option<&Issuer>) -> u16 {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let (certificate, key) = issued(own);
        std::fs::write(path("server.pem"), certificate.pem()).unwrap();
        std::fs::write(path("server.key"), key.serialize_pem()).unwrap();
        let authorities = path("authorities.pem");
        if let Some(clients) = clients {
            std::fs::write(&authorities, clients.pem()).unwrap();
        }
        let ask = Ask::Clients { authorities: clients.is_some().then_some(authorities.as_path()) };
        let tls = Tls::load(&path("server.pem"), &path("server.key"), ask).unwrap();
        let saw = |seen: Option<Extension<ClientCertificate>>| async move {
            match seen {
                None => "none".to_owned(),
                Some(Extension(seen)) => format!("{} bytes, trusted: {}", seen.der.len(), seen.trusted),
            }
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let routes = Router::new().route("/", get(saw));
        tokio::spawn(serve_tls(routes, listener, tls, ServeLimits::default(), std::future::pending()));
        port
    }

    async fn ask(port: u16, server: &Issuer, shown: Option<(rcgen::Certificate, KeyPair)>) -> String {
        let mut roots = RootCertStore::empty();
        roots.add(server.der().clone()).unwrap();
        let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots);
        let config = match shown {
            None => builder.with_no_client_auth(),
            Some((certificate, key)) => builder
                .with_client_auth_cert(
                    vec![certificate.der().clone()],
                    PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
                )
                .unwrap(),
        };
        let stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        let mut stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        let answer = String::from_utf8(answer).unwrap();
        answer.split_once("\r\n\r\n").unwrap().1.to_owned()
    }

    #[tokio::test]
    async fn a_handler_sees_the_certificate_of_its_client_and_whether_it_is_trusted() {
        let (own, trusted, other) = (authority("server"), authority("trusted"), authority("other"));
        let port = server(&own, Some(&trusted)).await;
        assert_eq!(ask(port, &own, None).await, "none");
        assert!(ask(port, &own, Some(issued(&trusted))).await.ends_with("trusted: true"));
        assert!(ask(port, &own, Some(issued(&other))).await.ends_with("trusted: false"));
    }

    #[tokio::test]
    async fn without_authorities_no_certificate_is_trusted() {
        let (own, other) = (authority("server"), authority("other"));
        let port = server(&own, None).await;
        assert!(ask(port, &own, Some(issued(&other))).await.ends_with("trusted: false"));
    }

    #[test]
    fn a_file_without_a_key_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("empty.pem");
        std::fs::write(&path, "").unwrap();
        let refused = Tls::load(&path, &path, Ask::Nobody).err().unwrap().to_string();
        assert!(refused.contains("empty.pem"), "{refused}");
    }
}
