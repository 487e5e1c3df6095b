//! Programs against each other: medians over fresh copies of each.

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

/// The figures of each program, the first being what the others are compared to.
pub struct Times<'a>(&'a Rounds, Vec<Row>);

struct Row {
    name: String,
    /// Until the first event is asked for, and from there to its answer.
    init: Figure,
    first: Figure,
    start: Figure,
    warm: Figure,
    cpu: Figure,
    peak_kib: Figure,
}

/// The median over the copies, the fastest and the slowest.
struct Figure([f64; 3]);

/// Measures every program. One processor's `cpu_share` is what each gets from its first event on.
pub async fn measure<'a>(
    programs: &[Program],
    rounds: &'a Rounds,
    cpu_share: Option<f64>,
    dynamodb_delay: Duration,
) -> Times<'a> {
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
    Times(rounds, programs.iter().zip(&samples).map(|(program, samples)| Row::new(&program.name, samples)).collect())
}

/// The API's own example, as API Gateway hands it over.
pub fn register_full() -> String {
    include_str!("../../events/register-full.json").to_owned()
}

impl Row {
    fn new(name: &str, samples: &[Vec<Sample>]) -> Self {
        let figure = |measure: fn(&Sample) -> f64| {
            let mut copies: Vec<f64> =
                samples.iter().map(|samples| median(samples.iter().map(measure).collect())).collect();
            copies.sort_by(f64::total_cmp);
            Figure([copies[copies.len() / 2], copies[0], copies[copies.len() - 1]])
        };
        Self {
            name: name.to_owned(),
            init: figure(|sample| sample.init),
            first: figure(|sample| sample.first),
            start: figure(|sample| sample.init + sample.first),
            warm: figure(|sample| sample.warm),
            cpu: figure(|sample| sample.cpu),
            peak_kib: figure(|sample| sample.peak_kib),
        }
    }
}

impl Figure {
    /// As a ratio to the first program's.
    fn to(&self, base: &Self) -> String {
        let [middle, fastest, slowest] = self.0.map(|value| value / base.0[0]);
        format!("{middle:.2} ({fastest:.2}–{slowest:.2})")
    }
}

impl Times<'_> {
    pub fn print(&self) {
        let Self(Rounds { copies, cold, warm }, rows) = self;
        let base = &rows[0];
        println!(
            "Medians over {copies} fresh copies of each program, and the fastest and the slowest copy's: {cold} cold starts of each copy in \
             turn with the others, {warm} warm calls in each. Ratios are to {}: init {:.1} ms, first answer {:.1} ms, warm answer \
             {:.2} ms, CPU per warm call {:.3} ms.\n",
            base.name, base.init.0[0], base.first.0[0], base.warm.0[0], base.cpu.0[0]
        );
        let mut table = Table::new(&[
            "",
            "start and first answer, x",
            "first answer, x",
            "warm answer, x",
            "CPU per warm call, x",
            "peak memory, MiB",
        ]);
        for row in rows {
            table.row(vec![
                row.name.clone(),
                row.start.to(&base.start),
                row.first.to(&base.first),
                row.warm.to(&base.warm),
                row.cpu.to(&base.cpu),
                format!("{:.1}", row.peak_kib.0[0] / 1024.0),
            ]);
        }
        table.print();
    }
}
