//! Certificates: of a server of these tests, of relying parties, and of the authority that vouches for both.

use std::{fs, net::SocketAddr, path::PathBuf, sync::Arc};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::{
    ClientConfig, RootCertStore,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer},
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use crate::keys::b64;

type Issuer = CertifiedIssuer<'static, KeyPair>;

fn authority(name: &str) -> Issuer {
    let mut params = named(name, &[]);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

fn named(name: &str, hosts: &[&str]) -> CertificateParams {
    let hosts: Vec<String> = hosts.iter().map(|host| (*host).to_owned()).collect();
    let mut params = CertificateParams::new(hosts).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params
}

/// What a server needs to be reached over TLS, and to be shown certificates.
pub struct Certified {
    authority: Issuer,
    folder: TempDir,
    /// Where relying parties show their certificates.
    pub listen: SocketAddr,
}

impl Certified {
    pub fn new(listen: SocketAddr) -> Self {
        let (authority, folder) = (authority("Authority"), tempfile::tempdir().unwrap());
        let key = KeyPair::generate().unwrap();
        let own = named("Server", &["127.0.0.1"]).signed_by(&key, &authority).unwrap();
        let this = Self { authority, folder, listen };
        fs::write(this.certificate(), own.pem()).unwrap();
        fs::write(this.key(), key.serialize_pem()).unwrap();
        fs::write(this.authorities(), this.authority.pem()).unwrap();
        this
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn certificate(&self) -> PathBuf {
        self.file("server.pem")
    }

    pub fn key(&self) -> PathBuf {
        self.file("server.key")
    }

    /// The authorities whose word on a relying party's name counts.
    pub fn authorities(&self) -> PathBuf {
        self.file("authorities.pem")
    }

    pub fn url(&self) -> String {
        format!("https://{}", self.listen)
    }

    /// How somebody without a certificate speaks to it.
    pub fn plain(&self) -> Arc<ClientConfig> {
        self.speaking(None)
    }

    fn speaking(&self, shown: Option<(CertificateDer<'static>, &KeyPair)>) -> Arc<ClientConfig> {
        let mut roots = RootCertStore::empty();
        roots.add(self.authority.der().clone()).unwrap();
        let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots);
        Arc::new(match shown {
            None => builder.with_no_client_auth(),
            Some((certificate, key)) => {
                let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
                builder.with_client_auth_cert(vec![certificate], key).unwrap()
            }
        })
    }

    /// A certificate that a relying party made itself.
    pub fn self_made(&self, name: &str) -> Shown {
        let key = KeyPair::generate().unwrap();
        let made = named(name, &[]).self_signed(&key).unwrap();
        self.shown(&made, key)
    }

    /// One that the authority gave to whoever has this name.
    pub fn issued(&self, name: &str) -> Shown {
        let key = KeyPair::generate().unwrap();
        let made = named(name, &[]).signed_by(&key, &self.authority).unwrap();
        self.shown(&made, key)
    }

    /// One of the same name from an authority of which nobody has heard.
    pub fn issued_by_a_stranger(&self, name: &str) -> Shown {
        let key = KeyPair::generate().unwrap();
        let made = named(name, &[]).signed_by(&key, &self::authority("Authority")).unwrap();
        self.shown(&made, key)
    }

    fn shown(&self, made: &rcgen::Certificate, key: KeyPair) -> Shown {
        let tls = self.speaking(Some((made.der().clone(), &key)));
        let (x, y) = key.public_key_raw()[1..].split_at(32);
        let jwk = json!({ "kty": "EC", "crv": "P-256", "x": b64(x), "y": b64(y), "kid": "certificate" });
        Shown { tls, jwk, thumbprint: b64(Sha256::digest(made.der())) }
    }
}

/// A certificate with its key.
#[derive(Clone)]
pub struct Shown {
    /// How its owner speaks.
    pub tls: Arc<ClientConfig>,
    /// Its public key, to be registered.
    pub jwk: Value,
    /// `x5t#S256` (RFC 8705 section 3.1).
    pub thumbprint: String,
}

/// As configuration of a process.
pub fn variables(certified: &Certified) -> Vec<(&'static str, String)> {
    let text = |path: PathBuf| path.display().to_string();
    vec![
        ("LIENTHONG_TLS_CERTIFICATE", text(certified.certificate())),
        ("LIENTHONG_TLS_KEY", text(certified.key())),
        ("LIENTHONG_MTLS_LISTEN", certified.listen.to_string()),
        ("LIENTHONG_MTLS_URL", certified.url()),
        ("LIENTHONG_MTLS_AUTHORITIES", text(certified.authorities())),
    ]
}
