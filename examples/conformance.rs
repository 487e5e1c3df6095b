//! Sends the cases in `tests/cases` to a registration endpoint, any one, and prints which of them it accepts, refuses or
//! breaks on.
//!
//! ```sh
//! cargo run --example conformance -- https://register.example.com/api/v2/oauth2/register
//! ```
//!
//! Without a URL it explains the table. Ask before you send it to an endpoint that is not yours: it is some 850
//! registrations, one after the other, and what is accepted stays registered.

#![expect(clippy::print_stdout, reason = "a table on standard output is what it is for")]

use std::collections::HashMap;
use std::process::ExitCode;
use std::time::Duration;

use aws_smithy_http_client::Connector;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_runtime_api::client::http::HttpConnector;
use aws_smithy_types::body::SdkBody;
use dev::cases::{self, Class};
use http_body_util::{BodyExt, Limited};
use lambda_http::Error;
use lambda_http::http::Request;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use tokio::time::timeout;

const USAGE: &str = "usage: conformance [--own] URL

    --own    also classes in which another endpoint may well decide otherwise, such as names and lengths

One row per class of cases: whether this API registers or refuses them, and how many the endpoint
    accepts  with the redirect URIs that were sent
    changes  registers with other redirect URIs, which authorization servers compare as strings
    refuses  with a status of 4xx
    breaks on: 5xx, a 2xx without a client_id, or no HTTP response within ten seconds
Below, up to three unexpected results per class. The exit status is 0 if there are none. An endpoint may refuse what it
doesn't support (RFC 7591 section 2); accepting what should be refused is worth a look.";

/// Time for one answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// The longest answer that is read, 1 MiB.
const MAX_ANSWER_BYTES: usize = 1024 * 1024;
/// How many of a class's differences are shown.
const SHOWN: usize = 3;

/// What came of one registration, in the order of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Accepts,
    /// It is registered, with other redirect URIs than were sent.
    Changes,
    Refuses,
    /// The endpoint is at fault, or answers what is no answer.
    Breaks,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<ExitCode, Error> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (own, url) = match &arguments[..] {
        [url] if !url.starts_with('-') => (false, url),
        [own, url] if own == "--own" => (true, url),
        _ => {
            eprintln!("{USAGE}");
            return Ok(ExitCode::from(2));
        }
    };
    // Over HTTP, or over TLS with the system's roots.
    let http = Connector::builder().tls_provider(Provider::Rustls(CryptoMode::Ring)).build();

    // A public client of the code flow, in so many words: some of it is not what other endpoints assume.
    let base = json!({
        "client_name": "Conformance",
        "redirect_uris": ["https://example.com/cb"],
        "token_endpoint_auth_method": "none",
        "grant_types": ["authorization_code"],
        "response_types": ["code"],
    });
    if register(&http, url, &base.to_string()).await? != Verdict::Accepts {
        return Err(format!("{base} is not registered as it is, so nothing else can be said of this endpoint").into());
    }

    let mut differences = Vec::new();
    println!(
        "| file | class | section | should | accepts | changes | refuses | breaks |\n|---|---|---|---|---|---|---|---|"
    );
    for file in cases::FILES {
        for Class { class, section, rule, own: is_own, rows, .. } in cases::classes(file) {
            if is_own && !own {
                continue;
            }
            let (should, expected) =
                if rule.is_none() { ("accept", Verdict::Accepts) } else { ("refuse", Verdict::Refuses) };
            let (mut counts, mut unexpected) = ([0; 4], 0);
            for row in rows {
                // The first says enough of an endpoint that is not ours.
                let registration = cases::registrations(file, &row.sent, &base).swap_remove(0);
                let verdict = register(&http, url, &registration.body).await?;
                counts[verdict as usize] += 1;
                unexpected += usize::from(verdict != expected);
                if verdict != expected && unexpected <= SHOWN {
                    let why = if row.why.is_empty() { row.why } else { format!(" ({})", row.why) };
                    differences.push(format!("- {file}, {class}: {verdict:?} {}{why}", shown(&row.sent)));
                }
            }
            let [accepts, changes, refuses, breaks] = counts;
            println!("| {file} | {class} | {section} | {should} | {accepts} | {changes} | {refuses} | {breaks} |");
        }
    }
    if differences.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    println!("\nUp to {SHOWN} of each class that are not as they should be:\n\n{}", differences.join("\n"));
    Ok(ExitCode::FAILURE)
}

/// The beginning of what was sent, in ASCII.
fn shown(sent: &Value) -> String {
    let escaped = |character: char| {
        if character.is_ascii() { character.to_string() } else { character.escape_unicode().to_string() }
    };
    sent.to_string().chars().take(80).map(escaped).collect()
}

/// What the endpoint makes of it. An error if the URL is none, or the endpoint wants fewer requests.
async fn register(http: &Connector, url: &str, body: &str) -> Result<Verdict, Error> {
    let request = Request::post(url).header("content-type", "application/json").body(SdkBody::from(body))?;
    let Ok(Ok(reply)) = timeout(PATIENCE, http.call(request.try_into()?)).await else { return Ok(Verdict::Breaks) };
    let status = reply.status().as_u16();
    let answer = Limited::new(reply.into_body(), MAX_ANSWER_BYTES);
    let Ok(Ok(answer)) = timeout(PATIENCE, answer.collect()).await else { return Ok(Verdict::Breaks) };
    if status == 429 {
        return Err("the endpoint wants fewer requests (429); lift its limit for this".into());
    }
    // Member by member, as what is echoed may be more than a text can hold.
    let members = |json: &[u8]| serde_json::from_slice::<HashMap<String, Box<RawValue>>>(json).unwrap_or_default();
    let answer = members(&answer.to_bytes());
    let uris = |members: &HashMap<String, Box<RawValue>>| -> Option<Value> {
        serde_json::from_str(members.get("redirect_uris")?.get()).ok()
    };
    let sent = uris(&members(body.as_bytes()));
    Ok(match status {
        200 | 201 if !answer.contains_key("client_id") => Verdict::Breaks,
        200 | 201 if sent.is_some() && uris(&answer) != sent => Verdict::Changes,
        200 | 201 => Verdict::Accepts,
        400..500 => Verdict::Refuses,
        _ => Verdict::Breaks,
    })
}
