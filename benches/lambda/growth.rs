//! How the cost of a registration grows.

use std::time::Duration;

use serde_json::{Value, json};

use crate::bars;
use crate::program::Program;
use crate::sample::{Sample, in_flight, median};
use crate::stand_in::StandIn;
use crate::table::Table;
use crate::times::{Rounds, register_full};

/// What DynamoDB takes for a small put, seen from the same region.
pub const DYNAMODB_DELAY: Duration = Duration::from_millis(2);

/// Processor time of a registration by the size of its body.
pub async fn by_size(programs: &[Program], rounds: &Rounds) {
    let names: Vec<String> = programs.iter().map(|program| format!("{}, ms", program.name)).collect();
    let mut head = vec!["body, KiB"];
    head.extend(names.iter().map(String::as_str));
    let mut table = Table::new(&head);
    let mut ours = Vec::new();
    let dynamodb = StandIn::start(Duration::ZERO).await;
    let copies: Vec<Vec<_>> =
        programs.iter().map(|program| (0..rounds.copies).map(|number| program.copy(number)).collect()).collect();
    for (name, bytes) in [("0.1", 102), ("1", 1024), ("4", 4096), ("16", 16_384), ("64", 65_536)] {
        let event = register(bytes);
        let mut figures = vec![Vec::new(); programs.len()];
        for number in 0..rounds.copies {
            for (copies, figures) in copies.iter().zip(&mut figures) {
                figures.push(Sample::take(&copies[number], &event, rounds.warm, None, &dynamodb).await.cpu);
            }
        }
        let figures: Vec<f64> = figures.into_iter().map(median).collect();
        ours.push((format!("{name} KiB"), figures[0]));
        table.row([name.to_owned()].into_iter().chain(figures.iter().map(|cpu| format!("{cpu:.3}"))).collect());
    }
    table.print();
    bars::draw("body", "CPU per registration by the size of its body, ms", &ours, 2);
}

/// Processor time of a registration by how many are going on.
pub async fn by_events_in_flight(program: &Program, rounds: &Rounds) {
    let mut table = Table::new(&["events", "CPU per registration, ms", "x", "peak memory, MiB"]);
    let mut bars = Vec::new();
    let dynamodb = StandIn::start(DYNAMODB_DELAY).await;
    let copies: Vec<_> = (0..rounds.copies).map(|number| program.copy(number)).collect();
    for events in [1, 4, 16, 64] {
        let (mut cpu, mut peak) = (Vec::new(), Vec::new());
        for copy in &copies {
            let (time, kib) = in_flight(copy, &register_full(), events, 10 * rounds.warm, &dynamodb).await;
            cpu.push(time);
            peak.push(kib);
        }
        bars.push((events.to_string(), median(cpu)));
        let (_, cpu) = bars[bars.len() - 1];
        let ratio = cpu / bars[0].1;
        table.row(vec![
            events.to_string(),
            format!("{cpu:.3}"),
            format!("{ratio:.2}"),
            format!("{:.1}", median(peak) / 1024.0),
        ]);
    }
    table.print();
    bars::draw("in-flight", "CPU per registration by events in flight, ms", &bars, 2);
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
    let mut event: Value = serde_json::from_str(&register_full()).unwrap();
    event["body"] = body.to_string().into();
    event.to_string()
}
