//! Programs against each other: medians over fresh copies of each.

use std::fmt;
use std::time::Duration;

use crate::program::Program;
use crate::sample::{Sample, median};
use crate::stand_in::StandIn;
use crate::table::Table;

/// How much is measured.
#[derive(Clone, Copy)]
pub struct Rounds {
    pub copies: usize,
    pub cold: usize,
    pub warm: usize,
}

impl fmt::Display for Rounds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { copies, cold, warm } = self;
        write!(
            f,
            "Medians over {copies} fresh copies of each program, {cold} cold starts of each copy in turn with the others, {warm} warm \
             calls in each. x is the ratio to the first row."
        )
    }
}

/// The figures of each program, the first being what the others are compared to.
pub struct Times(Vec<Row>);

pub struct Row {
    pub name: String,
    init: f64,
    first: f64,
    /// Until the first answer.
    pub start: f64,
    /// The same of the fastest and of the slowest copy.
    start_range: [f64; 2],
    warm: f64,
    pub cpu: f64,
    peak_kib: f64,
}

/// Measures every program. One processor's `cpu_share` is what each gets from its first event on.
pub async fn measure(programs: &[Program], rounds: &Rounds, cpu_share: Option<f64>, dynamodb_delay: Duration) -> Times {
    let event = register_full();
    let dynamodb = StandIn::start(dynamodb_delay).await;
    let copies: Vec<Vec<_>> =
        programs.iter().map(|program| (0..rounds.copies).map(|number| program.copy(number)).collect()).collect();
    let mut samples: Vec<Vec<Vec<Sample>>> =
        copies.iter().map(|copies| copies.iter().map(|_| Vec::new()).collect()).collect();
    for round in 0..=rounds.cold {
        for number in 0..rounds.copies {
            for (copies, samples) in copies.iter().zip(&mut samples) {
                let sample = Sample::take(&copies[number], &event, rounds.warm, cpu_share, &dynamodb).await;
                // The first round reads what the copies need from the disk.
                if round > 0 {
                    samples[number].push(sample);
                }
            }
        }
    }
    Times(programs.iter().zip(&samples).map(|(program, samples)| Row::new(&program.name, samples)).collect())
}

/// The API's own example, as API Gateway hands it over.
pub fn register_full() -> String {
    include_str!("../../events/register-full.json").to_owned()
}

impl Row {
    fn new(name: &str, samples: &[Vec<Sample>]) -> Self {
        let of_copies = |measure: fn(&Sample) -> f64| -> Vec<f64> {
            samples.iter().map(|samples| median(samples.iter().map(measure).collect())).collect()
        };
        let figure = |measure| median(of_copies(measure));
        let starts = of_copies(|sample| sample.init + sample.first);
        Self {
            name: name.to_owned(),
            init: figure(|sample| sample.init),
            first: figure(|sample| sample.first),
            start_range: [
                starts.iter().copied().fold(f64::INFINITY, f64::min),
                starts.iter().copied().fold(0.0, f64::max),
            ],
            start: median(starts),
            warm: figure(|sample| sample.warm),
            cpu: figure(|sample| sample.cpu),
            peak_kib: figure(|sample| sample.peak_kib),
        }
    }
}

impl Times {
    pub fn rows(&self) -> &[Row] {
        &self.0
    }

    pub fn print(&self) {
        let mut table = Table::new(&[
            "",
            "init, ms",
            "first answer, ms",
            "both, ms",
            "x",
            "of the copies, x",
            "warm answer, ms",
            "CPU per warm call, ms",
            "x",
            "peak memory, MiB",
        ]);
        let floor = &self.0[0];
        for row in &self.0 {
            let [fastest, slowest] = row.start_range.map(|start| start / floor.start);
            table.row(vec![
                row.name.clone(),
                format!("{:.1}", row.init),
                format!("{:.1}", row.first),
                format!("{:.1}", row.start),
                format!("{:.2}", row.start / floor.start),
                format!("{fastest:.2}–{slowest:.2}"),
                format!("{:.2}", row.warm),
                format!("{:.3}", row.cpu),
                format!("{:.2}", row.cpu / floor.cpu),
                format!("{:.1}", row.peak_kib / 1024.0),
            ]);
        }
        table.print();
    }
}
