//! Programs against each other: medians over fresh copies of each.

use crate::disk::{self, Disk};
use crate::page::table;
use crate::program::Program;
use crate::sample::Sample;
use crate::stand_in::StandIn;

/// Fresh copies of each program, cold starts of each copy, and warm calls in each start.
const COPIES: usize = 5;
const STARTS: usize = 5;
const CALLS: usize = 50;

/// The samples of each program, by copy.
type Samples = Vec<Vec<Vec<Sample>>>;

/// Ratios are to the first program.
pub async fn compare(programs: &[Program]) -> String {
    let in_memory = samples(programs, "target/copies", CALLS).await;
    let mut rows = vec![
        row("start and first answer, × {} ms", &in_memory, |sample| sample.start),
        row("CPU per warm call, × {} ms", &in_memory, |sample| sample.cpu),
        row("MiB of memory at the peak", &in_memory, |sample| sample.peak_kib / 1024.0),
    ];
    if let Some(_disk) = Disk::mount() {
        let on_disk = samples(programs, disk::FOLDER, 0).await;
        rows.insert(1, row("the same on disk, × {} ms", &on_disk, |sample| sample.start));
        rows.insert(2, row("waits for the disk", &on_disk, |sample| sample.waits));
    } else {
        eprintln!("nothing is said of a program on disk: that needs root and a loop device");
    }
    table([String::new()].into_iter().chain(programs.iter().map(|program| program.name.clone())).collect(), rows)
}

/// Starts every copy in turn with those of the other programs.
async fn samples(programs: &[Program], folder: &str, calls: usize) -> Samples {
    let dynamodb = StandIn::start().await;
    let copies: Vec<Vec<_>> =
        programs.iter().map(|program| (0..COPIES).map(|number| program.copy(folder, number)).collect()).collect();
    let mut samples: Samples = copies.iter().map(|copies| copies.iter().map(|_| Vec::new()).collect()).collect();
    for _ in 0..STARTS {
        for number in 0..COPIES {
            for (copies, samples) in copies.iter().zip(&mut samples) {
                if folder == disk::FOLDER {
                    disk::evict(&copies[number].path);
                }
                samples[number].push(Sample::take(&copies[number], calls, &dynamodb).await);
            }
        }
    }
    samples
}

/// A median over the copies for each program. Where `name` has a place for the first program's, they are ratios to it, with
/// those of the fastest and the slowest copy.
fn row(name: &str, samples: &Samples, measure: fn(&Sample) -> f64) -> Vec<String> {
    let figures: Vec<Vec<f64>> = samples
        .iter()
        .map(|copies| sorted(copies.iter().map(|starts| middle(&sorted(starts.iter().map(measure))))))
        .collect();
    let base = middle(&figures[0]);
    let cell = |copies: &Vec<f64>| {
        let (middle, least, most) = (middle(copies), copies[0], copies[copies.len() - 1]);
        if name.contains("{}") {
            format!("{:.2} ({:.2}–{:.2})", middle / base, least / base, most / base)
        } else {
            format!("{middle:.1}")
        }
    };
    [name.replace("{}", &format!("{base:.2}"))].into_iter().chain(figures.iter().map(cell)).collect()
}

fn sorted(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values
}

fn middle(sorted: &[f64]) -> f64 {
    sorted[sorted.len() / 2]
}
