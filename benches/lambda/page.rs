//! Tables in Markdown, for a terminal and for the page.

use std::path::Path;
use std::{env, fs};

use crate::ROOT;

const PAGE: &str = "docs/decisions.md";

pub fn table(head: Vec<String>, rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let rule = format!("---{}", "|---:".repeat(head.len() - 1));
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    line(head) + "|" + &rule + "|\n" + &rows.into_iter().map(line).collect::<String>()
}

/// Prints a table and, with `BLESS=1`, puts it into the page where its name stands.
pub fn show(name: &str, table: &str) {
    print!("{table}");
    if env::var_os("BLESS").is_some() {
        let page = read();
        let mark = format!("<!-- generated from the benchmark: {name} -->\n");
        let (before, rest) = page.split_once(&mark).expect("the table's mark");
        let (_, after) = rest.split_once("<!-- end -->").expect("the table's end");
        fs::write(Path::new(ROOT).join(PAGE), format!("{before}{mark}\n{table}\n<!-- end -->{after}")).unwrap();
    }
}

/// The page as it is.
pub fn read() -> String {
    fs::read_to_string(Path::new(ROOT).join(PAGE)).unwrap()
}
