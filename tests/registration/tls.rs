//! The real binary trusts a DynamoDB exactly if its certificate chains to a trusted root.

use std::path::Path;

use dev::dynamodb::{TABLE_NAME, Table};
use dev::runtime_api::Function;
use dev::tls::{Authority, Tls};

use crate::events;
use crate::support::BINARY;

#[tokio::test]
async fn a_table_is_trusted_under_a_root_of_ssl_cert_file_and_under_no_other() {
    let table = Table::start().await;
    let authority = Authority::new("Trusted");
    let tls = Tls::in_front_of(&table.url, authority.localhost()).await;
    let trusted = Path::new(env!("CARGO_TARGET_TMPDIR")).join("trusted.pem");
    std::fs::write(&trusted, authority.root_pem()).unwrap();
    let other = Path::new(env!("CARGO_TARGET_TMPDIR")).join("other.pem");
    std::fs::write(&other, Authority::new("Other").root_pem()).unwrap();

    let amazons = None;
    for (root, status) in [(Some(&trusted), 201), (Some(&other), 500), (amazons, 500)] {
        let mut environment = vec![("TABLE_NAME", TABLE_NAME), ("AWS_ENDPOINT_URL_DYNAMODB", &tls.url)];
        environment.extend(root.map(|root| ("SSL_CERT_FILE", root.to_str().unwrap())));
        let function = Function::start(BINARY, &environment).await;
        function.invoke("register", events::all()["register-full"].clone());
        assert_eq!(function.result().await.1["statusCode"], status, "{root:?}");
        function.stop().await;
    }
    table.only_item();
}
