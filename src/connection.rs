//! How the SDK reaches DynamoDB: TLS, the roots it trusts, and what it takes from the environment.
//!
//! A client registers once, often as the first caller in hours, so the choices here are about the cold start; the README's
//! decisions give their figures.

use std::env;

use aws_config::{BehaviorVersion, SdkConfig};
use aws_sdk_dynamodb::config::SharedHttpClient;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_http_client::{Builder, HttpClientError};

/// The roots that DynamoDB's endpoints chain to: Amazon Trust Services' five, which AWS asks its callers to trust together.
/// They end between 2037 and 2040.
pub const AMAZON_ROOTS: &[u8] = include_bytes!("amazon_roots.pem");

/// Region, credentials and endpoint as the SDK finds them: in a function's environment, or in a developer's environment or profile.
///
/// # Errors
///
/// When the TLS client cannot be built.
pub async fn sdk_config() -> Result<SdkConfig, HttpClientError> {
    Ok(aws_config::defaults(BehaviorVersion::latest())
        .http_client(https_client()?)
        .load()
        .await)
}

/// TLS by rustls and ring, trusting [`AMAZON_ROOTS`], whose five take a fifth of the time that a system's hundred and fifty do. Where
/// `SSL_CERT_FILE` or `SSL_CERT_DIR` is set, the roots found there are trusted in their place: for a proxy, for a partition with
/// roots of its own, and for the day Amazon's change.
///
/// # Errors
///
/// When the trusted roots cannot be read.
pub fn https_client() -> Result<SharedHttpClient, HttpClientError> {
    let roots = if ["SSL_CERT_FILE", "SSL_CERT_DIR"]
        .iter()
        .any(|name| env::var_os(name).is_some())
    {
        TrustStore::empty().with_native_roots(true)
    } else {
        TrustStore::empty().with_pem_certificate(AMAZON_ROOTS)
    };
    let tls = TlsContext::builder().with_trust_store(roots).build()?;
    Ok(Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .tls_context(tls)
        .build_https())
}
