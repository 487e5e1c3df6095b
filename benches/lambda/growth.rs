//! How the cost of a registration grows.

use std::time::Duration;

use serde_json::{Value, json};

use crate::counts::warm_call;
use crate::program::Program;
use crate::sample::{in_flight, median};
use crate::stand_in::StandIn;
use crate::table::Table;
use crate::times::{Rounds, register_full};

/// What DynamoDB takes for a small put, seen from the same region.
pub const DYNAMODB_DELAY: Duration = Duration::from_millis(2);

/// Instructions of a registration by what its body is.
pub async fn by_body(builds: &[Program]) {
    let mut head = vec!["body"];
    head.extend(builds.iter().map(|build| build.name.as_str()));
    let mut table = Table::new(&head);
    let dynamodb = StandIn::start(Duration::ZERO).await;
    let copies: Vec<_> = builds.iter().map(|build| build.copy(0)).collect();
    for (name, event) in [
        ("0.1 KiB, the least", register(102)),
        ("1 KiB", register(1024)),
        ("4 KiB", register(4096)),
        ("16 KiB", register(16_384)),
        ("64 KiB", register(LONGEST)),
        ("64 KiB of unknown members", register_with(&many_members())),
        ("64 KiB of nesting", register_with(&nesting())),
    ] {
        let mut row = vec![name.to_owned()];
        for copy in &copies {
            let (instructions, _) = warm_call(copy, &event, &dynamodb).await;
            row.push(format!("{:.0}", instructions / 1000.0));
        }
        table.row(row);
    }
    table.print();
}

/// Processor time of a registration by how many are going on.
pub async fn by_events_in_flight(program: &Program, rounds: &Rounds) {
    let mut table = Table::new(&["events", "CPU per registration, x", "peak memory, MiB"]);
    let mut one = None;
    let dynamodb = StandIn::start(DYNAMODB_DELAY).await;
    let copies: Vec<_> = (0..rounds.copies).map(|number| program.copy(number)).collect();
    for events in [1, 4, 16, 64] {
        let (mut cpu, mut peak) = (Vec::new(), Vec::new());
        for copy in &copies {
            let (time, kib) = in_flight(copy, &register_full(), events, 10 * rounds.warm, &dynamodb).await;
            cpu.push(time);
            peak.push(kib);
        }
        let cpu = median(cpu);
        table.row(vec![
            events.to_string(),
            format!("{:.2}", cpu / *one.get_or_insert(cpu)),
            format!("{:.1}", median(peak) / 1024.0),
        ]);
    }
    table.print();
}

/// The longest body that is read.
const LONGEST: usize = 65_536;

/// As many members that are ignored as fit.
fn many_members() -> String {
    (0..6_500).fold(String::new(), |members, number| members + &format!(",\"m{number:04}\":1"))
}

/// A member that is ignored, of arrays in arrays.
fn nesting() -> String {
    format!(",\"deep\":{}{}", "[".repeat(32_700), "]".repeat(32_700))
}

/// The event of the least registration with further members.
fn register_with(members: &str) -> String {
    event(&format!(r#"{{"client_name":"Example","redirect_uris":["https://example.com/oauth/callback"]{members}}}"#))
}

/// The event of a registration whose body has so many bytes: the least first, then more and longer redirect URIs up to
/// what is registered at all, then a member that is ignored.
fn register(bytes: usize) -> String {
    let mut body = json!({ "client_name": "Example", "redirect_uris": ["https://example.com/oauth/callback"] });
    while body.to_string().len() < bytes {
        let missing = bytes - body.to_string().len();
        let uris = body["redirect_uris"].as_array_mut().unwrap();
        if uris.len() < 20 && missing > 60 {
            let path = "x".repeat(missing.min(1000) - 60);
            uris.push(format!("https://example.com/oauth/callback/{path}").into());
        } else if missing > 30 {
            body["software_statement"] = "x".repeat(missing - r#","software_statement":"""#.len()).into();
        } else {
            let name = body["client_name"].as_str().unwrap();
            body["client_name"] = format!("{name}{}", "x".repeat(missing)).into();
        }
    }
    assert_eq!(body.to_string().len(), bytes.max(89), "the least has 89");
    event(&body.to_string())
}

fn event(body: &str) -> String {
    assert!(body.len() <= LONGEST, "it would be refused");
    let mut event: Value = serde_json::from_str(&register_full()).unwrap();
    event["body"] = body.into();
    event.to_string()
}
