//! A table in Markdown whose columns stand below each other, for a page and for a terminal.

pub struct Table(Vec<Vec<String>>);

impl Table {
    pub fn new(head: &[&str]) -> Self {
        Self(vec![head.iter().map(ToString::to_string).collect()])
    }

    pub fn row(&mut self, cells: Vec<String>) {
        self.0.push(cells);
    }

    pub fn print(&self) {
        let widths: Vec<usize> = (0..self.0[0].len())
            .map(|column| self.0.iter().map(|row| row[column].chars().count()).max().unwrap_or_default().max(3))
            .collect();
        for (number, row) in self.0.iter().enumerate() {
            // The first column is words, the others are numbers.
            let cells: Vec<String> = row
                .iter()
                .zip(&widths)
                .enumerate()
                .map(
                    |(column, (cell, width))| {
                        if column == 0 { format!("{cell:width$}") } else { format!("{cell:>width$}") }
                    },
                )
                .collect();
            println!("| {} |", cells.join(" | "));
            if number == 0 {
                let rules: Vec<String> = widths.iter().map(|width| "-".repeat(width - 1)).collect();
                println!("| {}- | {}: |", rules[0], rules[1..].join(": | "));
            }
        }
    }
}
