//! `docs/operations.md`, as far as it speaks of fields of the two logs.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::alarms::log_lines;
use super::properties;

const PAGE: &str = include_str!("../../../docs/operations.md");

/// The queries of CloudWatch Logs Insights on the page: indented lines, one of which counts.
fn queries() -> Vec<String> {
    let is_code = |line: &&str| line.starts_with("    ");
    let lines: Vec<&str> = PAGE.lines().collect();
    let blocks = lines.chunk_by(|one, next| is_code(one) == is_code(next));
    blocks.map(|block| block.join(" ")).filter(|block| block.starts_with("    ") && block.contains(" stats ")).collect()
}

/// What a query reads: its words, but for texts, what it names itself, and the language's own.
fn fields(query: &str) -> BTreeSet<&str> {
    const LANGUAGE: &str =
        "fields filter stats sort limit as by and or asc desc count coalesce ispresent latest sortsLast";
    let is_own = |word: &&str| !LANGUAGE.split(' ').any(|known| known == *word);
    let unquoted = query.split(['\'', '"']).step_by(2);
    let words: Vec<&str> = unquoted
        .flat_map(|text| text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_'))
        .filter(|word| word.starts_with(|letter: char| letter.is_ascii_lowercase()))
        .collect();
    let named: Vec<&str> = words.windows(2).filter(|pair| pair[0] == "as").map(|pair| pair[1]).collect();
    words.into_iter().filter(is_own).filter(|word| !named.contains(word)).collect()
}

#[tokio::test]
async fn every_query_asks_for_fields_that_a_log_has() {
    let format = properties("RegistrationApi")["AccessLogSetting"]["Format"].take();
    let gateway: Map<String, Value> = serde_json::from_str(format.as_str().unwrap()).unwrap();
    let lines = log_lines().await;
    let function = lines.iter().flat_map(|line| line.as_object().unwrap().keys());
    let logged: BTreeSet<&str> = function.chain(gateway.keys()).map(String::as_str).collect();

    let queries = queries();

    assert!(queries.iter().any(|query| query.contains("coalesce(function_request_id, request_id)")), "{queries:?}");
    for query in queries {
        let asked = fields(&query);
        assert!(!asked.is_empty() && asked.is_subset(&logged), "{query} asks for {asked:?}");
    }
}
