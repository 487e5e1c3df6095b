//! How the SDK reaches DynamoDB: TLS, the roots it trusts, and what it takes from the environment.
//!
//! A client registers once, often as the first caller in hours, so the choices here (`docs/decisions.md`) are about the
//! cold start.

use std::fs;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_dynamodb::config::{SharedCredentialsProvider, SharedHttpClient};
use aws_smithy_http_client::Connector;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_runtime_api::client::http::{SharedHttpConnector, http_client_fn};
use lambda_http::Error;
use lambda_http::http::Uri;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::environment::variable;

/// The roots that DynamoDB's endpoints chain to: Amazon Trust Services' five, which AWS asks callers to trust. They
/// expire from 2037 to 2040.
const AMAZON_ROOTS: &[u8] = include_bytes!("amazon_roots.pem");

/// How long a connection may have been idle to be used again. DynamoDB closes it after 60 seconds (aws/aws-sdk-java#1365);
/// but a frozen instance may not hear of it, and what is silently gone costs a whole attempt.
const IDLE_TIMEOUT: Duration = Duration::from_secs(50);

/// Region, credentials and endpoint from the environment, where Lambda puts them: `AWS_REGION`, `AWS_ACCESS_KEY_ID`,
/// `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`, and for development `AWS_ENDPOINT_URL_DYNAMODB` or `AWS_ENDPOINT_URL`.
///
/// `aws_config`'s loader would also look in profiles and metadata services, which a function doesn't have: that is a tenth
/// of the binary and a sixth of the instructions at start-up.
///
/// # Errors
///
/// An endpoint that is not an `http` or `https` URL, or an `SSL_CERT_FILE` that is not a file of certificates in PEM
/// form.
pub fn sdk_config() -> Result<SdkConfig, Error> {
    let mut config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .http_client(https_client()?)
        .region(variable("AWS_REGION").map(Region::new))
        .credentials_provider(SharedCredentialsProvider::new(EnvironmentVariableCredentialsProvider::new()));
    let endpoint =
        ["AWS_ENDPOINT_URL_DYNAMODB", "AWS_ENDPOINT_URL"].into_iter().find_map(|name| Some((name, variable(name)?)));
    if let Some((name, url)) = endpoint {
        let is_endpoint = !url.contains('@')
            && url.parse::<Uri>().is_ok_and(|url| {
                matches!(url.scheme_str(), Some("http" | "https")) && url.host().is_some_and(|host| !host.is_empty())
            });
        // The SDK would notice only when it sends a request, and its error would repeat the request.
        if !is_endpoint {
            return Err(format!("{name} must be an http or https URL without a user name").into());
        }
        config.set_endpoint_url(Some(url));
    }
    Ok(config.build())
}

/// TLS by rustls and ring. AWS-LC, the SDK's default, gathers CPU jitter once per process, for over a second with 128 MB;
/// the price is its FIPS certificate and post-quantum key exchange.
///
/// It trusts [`AMAZON_ROOTS`]: a system's hundred and more would add half to the cold start. If
/// `SSL_CERT_FILE` is set, its roots are trusted instead: for a proxy, for a partition with other roots, and for the
/// day when Amazon's change. `SSL_CERT_DIR` then adds the roots in its folders; alone it does nothing.
fn https_client() -> Result<SharedHttpClient, Error> {
    let roots = match variable("SSL_CERT_FILE") {
        None => TrustStore::empty().with_pem_certificate(AMAZON_ROOTS),
        Some(file) => {
            // The SDK would start without any roots, and then trust nobody.
            let roots = fs::read(file).map_or(0, |pem| {
                RootCertStore::empty().add_parsable_certificates(CertificateDer::pem_slice_iter(&pem).flatten()).0
            });
            if roots == 0 {
                return Err("SSL_CERT_FILE must be a file of root certificates in PEM form".into());
            }
            TrustStore::empty().with_native_roots(true)
        }
    };
    let tls = TlsContext::builder().with_trust_store(roots).build()?;
    // The SDK asks before every attempt, and gets one connector: its own client builds two, and parses the roots for each.
    let last = Mutex::<Option<(SharedHttpConnector, SystemTime)>>::default();
    Ok(http_client_fn(move |settings, components| {
        let now = components.time_source().unwrap_or_default().now();
        let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
        // The connector's pool goes by the monotonic clock, which may stand still while Lambda freezes the instance
        // (hashicorp/vault-lambda-extension#150). The wall clock has to be right anyway, for signatures; where it was set
        // back, the connection counts as just used.
        let connector = match last.take() {
            Some((connector, used)) if now.duration_since(used).unwrap_or_default() <= IDLE_TIMEOUT => connector,
            _ => {
                let mut builder =
                    Connector::builder().connector_settings(settings.clone()).pool_idle_timeout(IDLE_TIMEOUT);
                builder.set_sleep_impl(components.sleep_impl());
                let tls_provider = Provider::Rustls(CryptoMode::Ring);
                SharedHttpConnector::new(builder.tls_provider(tls_provider).tls_context(tls.clone()).build())
            }
        };
        *last = Some((connector.clone(), now));
        connector
    }))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that cannot go on should stop where it is")]
mod tests {
    use sha2::{Digest, Sha256};

    use super::*;

    /// SHA-256 of each root, as Amazon Trust Services publishes it in its repository.
    const FINGERPRINTS: [&str; 5] = [
        "8ecde6884f3d87b1125ba31ac3fcb13d7016de7f57cc904fe1cb97c6ae98196e",
        "1ba5b2aa8c65401a82960118f80bec4f62304d83cec4713a19c39c011ea46db4",
        "18ce6cfe7bf14e60b2e347b8dfe868cb31d02ebb3ada271569f50343b46db3a4",
        "e35d28419ed02025cfa69038cd623962458da5c695fbdea3c22b0bfb25897092",
        "568d6905a2c88708a4b3025190edcfedb1974a606a13c6e5290fcb2ae63edab5",
    ];

    #[test]
    fn the_trusted_roots_are_amazons_five_and_no_other() {
        let hex = |root: CertificateDer| {
            Sha256::digest(root).iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"))
        };
        let fingerprints: Vec<String> =
            CertificateDer::pem_slice_iter(AMAZON_ROOTS).map(|root| hex(root.unwrap())).collect();
        assert_eq!(fingerprints, FINGERPRINTS);
    }
}
