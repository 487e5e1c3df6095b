//! The real binary trusts a DynamoDB exactly if its certificate chains to a trusted root.

use std::fs;
use std::path::Path;

use dev::dynamodb::Table;
use dev::tls::{Authority, Tls};
use rustls::AlertDescription;
use serde_json::json;

use crate::support::{LOGS_JSON, start};
use crate::{events, logs};

/// A caller looks for a root of the issuer's name first, and then at the signature. So an impostor of that name, with a
/// key of its own, learns from the alert whether the root is trusted: either the signature is wrong, or nobody knows
/// the issuer.
#[tokio::test]
async fn an_amazon_root_is_trusted_others_are_not_and_where_ssl_cert_file_is_set_amazons_are_not_either() {
    let table = Table::start().await;
    let other = path("amazons-replaced.pem");
    fs::write(&other, Authority::new("Example", "Somebody else").root_pem()).unwrap();
    let amazons = ("Amazon", "Amazon Root CA 1");
    for ((organization, name), variable, alert) in [
        (amazons, None, AlertDescription::DecryptError),
        (("Internet Security Research Group", "ISRG Root X1"), None, AlertDescription::UnknownCA),
        (amazons, Some(("SSL_CERT_FILE", other.as_str())), AlertDescription::UnknownCA),
    ] {
        let mut tls = Tls::in_front_of(&table.url, Authority::new(organization, name).server("localhost")).await;
        let function = start(&tls.url, variable.as_slice()).await;
        assert_eq!(tls.alert().await, alert, "{name}, {variable:?}");
        function.stop().await;
    }
}

/// A file or folder for certificates that no other test uses.
fn path(name: &str) -> String {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name).to_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_table_is_trusted_under_a_root_of_ssl_cert_file_and_under_no_other() {
    let table = Table::start().await;
    let authority = Authority::new("Example", "Trusted");
    let tls = Tls::in_front_of(&table.url, authority.server("localhost")).await;
    let (trusted, other, folder) = (path("trusted.pem"), path("other.pem"), path("trusted"));
    fs::write(&trusted, authority.root_pem()).unwrap();
    fs::write(&other, Authority::new("Example", "Trusted").root_pem()).unwrap();
    fs::create_dir_all(&folder).unwrap();
    fs::write(Path::new(&folder).join("root.pem"), authority.root_pem()).unwrap();

    let rows: [(&[(&str, &str)], u16); 6] = [
        (&[], 500),
        (&[("SSL_CERT_FILE", &trusted)], 201),
        (&[("SSL_CERT_FILE", &other)], 500),
        // As everywhere, the folder is one more place to look into; but alone it does not replace Amazon's roots.
        (&[("SSL_CERT_DIR", &folder)], 500),
        (&[("SSL_CERT_FILE", &other), ("SSL_CERT_DIR", &folder)], 201),
        (&[("SSL_CERT_FILE", &trusted), ("SSL_CERT_DIR", "/no/such/folder")], 201),
    ];
    let mut registered = 0;
    for (variables, status) in rows {
        let function = start(&tls.url, variables).await;
        function.invoke("register", &events::all()["register-full"]);
        assert_eq!(function.result().await.1["statusCode"], status, "{variables:?}");
        function.stop().await;
        registered += usize::from(status == 201);
        assert_eq!(table.items().len(), registered, "{variables:?}");
    }
}

/// No retry changes a certificate, and no caller can do anything about it.
#[tokio::test]
async fn a_certificate_that_does_not_count_is_one_attempt_and_500_with_the_cause_in_the_log() {
    let table = Table::start().await;
    let authority = Authority::new("Example", "Doubtful");
    let root = path("doubtful.pem");
    fs::write(&root, authority.root_pem()).unwrap();
    let rows = [
        (
            Authority::new("Example", "Unknown").server("localhost"),
            AlertDescription::UnknownCA,
            "invalid peer certificate: UnknownIssuer",
        ),
        (
            Authority::new("Example", "Doubtful").server("localhost"),
            AlertDescription::DecryptError,
            "invalid peer certificate: BadSignature",
        ),
        (
            authority.expired_server("localhost"),
            AlertDescription::CertificateExpired,
            "invalid peer certificate: certificate expired",
        ),
        (
            authority.server("dynamodb.example"),
            AlertDescription::BadCertificate,
            "invalid peer certificate: certificate not valid for name \"localhost\"",
        ),
    ];
    for (server, alert, cause) in rows {
        let mut tls = Tls::in_front_of(&table.url, server).await;
        let function = start(&tls.url, &[LOGS_JSON, ("SSL_CERT_FILE", &root)]).await;
        assert_eq!(tls.alert().await, alert, "the warm-up: {cause}");
        function.invoke("register", &events::all()["register-full"]);
        assert_eq!(function.result().await.1["statusCode"], 500, "{cause}");
        assert_eq!(tls.alert().await, alert, "the registration: {cause}");

        let lines = logs::lines(function).await;

        let [warm_up, registration] = lines.as_slice() else { panic!("{lines:?}") };
        assert_eq!(warm_up["level"], "WARN");
        for line in [warm_up, registration] {
            assert!(line["cause"].as_str().unwrap().contains(cause), "{line:?}");
        }
        assert_eq!(registration["attempts"], json!(1), "{registration:?}");
    }
    assert!(table.items().is_empty());
}
