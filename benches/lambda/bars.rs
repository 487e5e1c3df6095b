//! A picture of numbers: one bar each, in SVG. Forty lines are too few for a crate.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::ROOT;

const WIDTH: f64 = 720.0;
const LABELS: f64 = 130.0;
const LONGEST: f64 = 480.0;
const STEP: f64 = 30.0;
const TOP: f64 = 44.0;

/// Writes `docs/performance/{file}.svg`.
pub fn draw(file: &str, title: &str, bars: &[(String, f64)], decimals: usize) {
    let longest = bars.iter().map(|(_, value)| *value).fold(0.0, f64::max);
    let height = TOP + STEP * bars.len() as f64 + 10.0;
    let mut svg = format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" font-size="14" role="img">
<title>{title}</title>
<rect width="{WIDTH}" height="{height}" fill="#fff"/>
<text x="12" y="26" font-size="16" font-weight="bold">{title}</text>
"##
    );
    for (number, (label, value)) in bars.iter().enumerate() {
        let top = STEP.mul_add(number as f64, TOP);
        let (text, length) = (top + 17.0, (value / longest * LONGEST).max(1.0));
        let (labels, after) = (LABELS - 8.0, LABELS + length + 8.0);
        writeln!(
            svg,
            r##"<text x="{labels}" y="{text}" text-anchor="end">{label}</text><rect x="{LABELS}" y="{top}" width="{length:.1}" height="24" fill="#4477aa"/><text x="{after:.1}" y="{text}">{value:.decimals$}</text>"##
        )
        .unwrap();
    }
    svg.push_str("</svg>\n");
    let folder = Path::new(ROOT).join("docs/performance");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join(file).with_extension("svg"), svg).unwrap();
}
