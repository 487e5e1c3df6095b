//! The pages. What they repeat of the template, the cases or the list of known clients is written here, by the test that
//! checks it: `BLESS=1 cargo test --test registration pages` writes it.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;

use dev::cases::{self, Rule};
use dynamic_client_registration::Policy;
use dynamic_client_registration::policy::UnsupportedMetadata::{Reject, Replace};
use fancy_regex::Regex;
use serde_json::{Value, json};

use crate::deployment::{settings, template};
use crate::support::{Endpoint, listing, minimal_with};

/// A new paragraph answers a reader's question, and another one goes.
const WORDS: usize = 14_000;
const WORDS_OF_A_PAGE: usize = 2_300;

/// Every page by its path.
fn pages() -> BTreeMap<String, String> {
    fn walk(folder: &Path, pages: &mut BTreeMap<String, String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            if path.is_dir() && !name.starts_with('.') && !["target", "node_modules"].contains(&name) {
                walk(&path, pages);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                pages.insert(path.to_str().unwrap().to_owned(), fs::read_to_string(&path).unwrap());
            }
        }
    }
    let mut pages = BTreeMap::new();
    walk(Path::new(env!("CARGO_MANIFEST_DIR")), &mut pages);
    pages
}

#[test]
fn every_generated_part_is_what_its_source_says() {
    let mut parts = BTreeMap::from([
        ("template.yaml: settings", parameters as fn() -> String),
        ("template.yaml: alarms", alarms),
        ("tests/cases/rules.json: errors", errors),
        ("docs/clients.json: recommended", recommended_settings),
        ("docs/clients.json: narrowed", narrowed),
        ("docs/clients.json: clients", clients_table),
        ("docs/clients.json: addresses", addresses),
    ]);
    for (path, page) in pages() {
        let mut pieces = page.split("<!-- generated from ");
        let mut written = pieces.next().unwrap().to_owned();
        for piece in pieces {
            let (name, rest) = piece.split_once(" -->\n").unwrap();
            let (_, after) = rest.split_once("<!-- end -->").unwrap_or_else(|| panic!("{path}: {name} has no end"));
            // The benchmark writes its tables itself: they are measured, and differ from run to run.
            if name.starts_with("the benchmark: ") {
                write!(written, "<!-- generated from {piece}").unwrap();
                continue;
            }
            let part = parts.remove(name).unwrap_or_else(|| panic!("{path}: nothing generates {name}, or twice"))();
            write!(written, "<!-- generated from {name} -->\n\n{}\n\n<!-- end -->{after}", part.trim_end()).unwrap();
        }
        if std::env::var_os("BLESS").is_some() {
            fs::write(&path, &written).unwrap();
        } else {
            assert!(written == page, "{path} is stale; run BLESS=1 cargo test --test registration pages");
        }
    }
    assert!(parts.is_empty(), "on no page: {:?}", parts.keys());
}

#[test]
fn the_pages_stay_short() {
    let words: BTreeMap<_, _> =
        pages().into_iter().map(|(path, page)| (path, page.split_whitespace().count())).collect();
    let together: usize = words.values().sum();
    assert!(together <= WORDS, "{together} words in all: {words:?}");
    assert!(words.values().all(|count| *count <= WORDS_OF_A_PAGE), "{words:?}");
}

/// In a table's cell, names of parameters and alarms are code; in the console and in emails they are shown as they stand.
fn cell(text: &Value) -> String {
    let template = template();
    let names = ["Parameters", "Resources"].map(|section| template[section].as_object().unwrap().keys());
    let mut text = text.as_str().unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
    for name in names.into_iter().flatten().filter(|name| name[1..].contains(char::is_uppercase)) {
        text = Regex::new(&format!(r"\b{name}\b")).unwrap().replace_all(&text, format!("`{name}`")).into_owned();
    }
    for (words, linked) in [
        ("only origins", "[only origins](#a-list-of-origins)"),
        ("published ranges", "[published ranges](clients.md#addresses)"),
    ] {
        text = text.replace(words, linked);
    }
    text
}

/// A table for each group of parameters, as the console shows them.
fn parameters() -> String {
    let template = template();
    let variables = settings::variables();
    let groups = template["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"].as_array().unwrap();
    let mut text = String::new();
    let mut listed = Vec::new();
    for group in groups {
        write!(text, "## {}\n\n", group["Label"]["default"].as_str().unwrap()).unwrap();
        text += "| parameter, variable | default | meaning |\n|---|---|---|\n";
        for name in group["Parameters"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()) {
            let parameter = &template["Parameters"][name];
            let variable = variables.iter().find(|(_, from)| *from == name);
            let variable = variable.map(|(variable, _)| format!(" `{variable}`")).unwrap_or_default();
            let default = settings::text(&parameter["Default"]);
            let default = if default.is_empty() { default } else { format!("`{default}`") };
            let mut meaning = cell(&parameter["Description"]);
            let words = parameter["AllowedValues"].as_array().into_iter().flatten().filter_map(Value::as_str);
            for word in words {
                let code = Regex::new(&format!(r"\b{word}\b")).unwrap();
                assert!(code.is_match(&meaning).unwrap(), "the description of {name} doesn't say what {word} does");
                meaning = code.replace_all(&meaning, format!("`{word}`")).into_owned();
            }
            writeln!(text, "| `{name}`{variable} | {default} | {meaning} |").unwrap();
            listed.push(name);
        }
        text += "\n";
    }
    listed.sort_unstable();
    let all: Vec<&String> = template["Parameters"].as_object().unwrap().keys().collect();
    assert_eq!(listed, all, "each parameter is in one group");
    text
}

fn alarms() -> String {
    let mut text = "| alarm | what it means, and what to do |\n|---|---|\n".to_owned();
    for (name, resource) in template()["Resources"].as_object().unwrap() {
        if resource["Type"] == "AWS::CloudWatch::Alarm" {
            writeln!(text, "| `{name}` | {} |", cell(&resource["Properties"]["AlarmDescription"])).unwrap();
        }
    }
    text
}

/// A table for each code. The gateway's own sentence stands in the template.
fn errors() -> String {
    let mut rules: Vec<Rule> = cases::rules().into_values().collect();
    let (code, sentence) =
        regex_captures(r#""error":"(\w+)","error_description":"([^"]+)""#, include_str!("../../template.yaml"));
    rules.push(Rule(code, None, sentence, "API Gateway refused it before the function saw it".to_owned()));
    rules.sort_by(|one, other| one.2.cmp(&other.2));
    let mut text = String::new();
    for code in ["invalid_request", "invalid_client_metadata", "invalid_redirect_uri"] {
        write!(text, "### `{code}`\n\n| `error_description` | cause, or what to send |\n|---|---|\n").unwrap();
        let place = if code == "invalid_redirect_uri" { "redirect_uris[N]: " } else { "" };
        for Rule(_, _, sentence, remedy) in rules.iter().filter(|rule| rule.0 == code) {
            writeln!(text, "| `{place}{sentence}` | {remedy} |").unwrap();
        }
        text += "\n";
    }
    text
}

fn regex_captures(pattern: &str, text: &str) -> (String, String) {
    let captures = Regex::new(pattern).unwrap().captures(text).unwrap().unwrap();
    (captures[1].to_owned(), captures[2].to_owned())
}

fn clients() -> Vec<Value> {
    serde_json::from_str(include_str!("../../docs/clients.json")).unwrap()
}

fn of<'a>(client: &'a Value, member: &str) -> &'a str {
    client[member].as_str().unwrap_or_default()
}

fn origins(client: &Value) -> impl Iterator<Item = &str> {
    client["origins"].as_array().unwrap().iter().map(|origin| origin.as_str().unwrap())
}

/// The origins of all recommended clients, each once.
fn recommended_origins() -> Vec<String> {
    let mut list: Vec<String> = Vec::new();
    for client in clients().iter().filter(|client| client["recommended"] == true) {
        list.extend(
            origins(client)
                .filter(|origin| !list.contains(&(*origin).to_owned()))
                .map(str::to_owned)
                .collect::<Vec<_>>(),
        );
    }
    list
}

fn recommended_settings() -> String {
    let mut lines = vec![String::new()];
    for origin in recommended_origins() {
        if lines.last().unwrap().len() + origin.len() > 105 {
            lines.push(String::new());
        }
        *lines.last_mut().unwrap() += &(origin + " ");
    }
    let list = lines.join("\\\n        ");
    format!(
        "    UnsupportedMetadata = \"replace\"\n    AllowedRedirectOrigins = \"\"\"\\\n        {}\"\"\"",
        list.trim_end()
    )
}

fn is_https_or_loopback(origin: &str) -> bool {
    origin == "loopback" || origin.starts_with("https://")
}

/// What MCP's own rule does to the known clients with private-use schemes.
fn narrowed() -> String {
    let named = |some: bool| {
        let clients = clients();
        let narrowed = clients.iter().filter(|client| {
            origins(client).any(is_https_or_loopback) == some && !origins(client).all(is_https_or_loopback)
        });
        narrowed.map(|client| of(client, "client")).collect::<Vec<_>>().join(", ")
    };
    format!("- without their private-use schemes: {};\n- not at all: {}.", named(true), named(false))
}

fn clients_table() -> String {
    let mut text = "| client | needs | origins | documents | source |\n|---|---|---|---|---|\n".to_owned();
    for client in &clients() {
        let replace = if client["sends"].is_null() { "" } else { "`replace`" };
        let shared = if client["shared"] == true { ", shared" } else { "" };
        let dated = match of(client, "date") {
            "2026-11" => String::new(),
            date => format!(" ({date})"),
        };
        let origins: Vec<String> = origins(client).map(|origin| format!("`{origin}`")).collect();
        writeln!(
            text,
            "| {} | {} | {}{shared} | {} | {}{dated} |",
            of(client, "client"),
            [replace, of(client, "needs")].join(" ").trim(),
            origins.join(" "),
            of(client, "documents"),
            of(client, "source"),
        )
        .unwrap();
    }
    text
}

fn addresses() -> String {
    let lines: Vec<String> = clients()
        .iter()
        .filter(|client| client["addresses"].is_string())
        .map(|client| format!("- {}", of(client, "addresses")))
        .collect();
    lines.join("\n")
}

#[test]
fn every_known_client_has_a_source_and_a_date() {
    const MEMBERS: [&str; 10] =
        ["addresses", "client", "date", "documents", "needs", "note", "origins", "recommended", "sends", "shared"];
    for client in clients() {
        let date = Regex::new(r"^20\d\d-\d\d$").unwrap();
        assert!(!of(&client, "source").is_empty() && date.is_match(of(&client, "date")).unwrap(), "{client}");
        for member in client.as_object().unwrap().keys().filter(|member| *member != "source") {
            assert!(MEMBERS.contains(&member.as_str()), "{member} in {client}");
        }
    }
}

/// As the page says: which clients need `replace`, which ones the recommended list lets in, and what MCP's rule leaves.
#[tokio::test]
async fn known_clients_register_as_the_page_says() {
    let list = recommended_origins().join(" ");
    assert!(settings::pattern("AllowedRedirectOrigins").is_match(&list).unwrap(), "{list}");
    let longest = &template()["Parameters"]["AllowedRedirectOrigins"]["MaxLength"];
    assert!(list.len() <= usize::try_from(longest.as_u64().unwrap()).unwrap(), "{list}");
    let with =
        |unsupported_metadata, list: &str| Endpoint::with_policy(Policy { unsupported_metadata, ..listing(list) });
    let strict = Endpoint::with_policy(Policy { unsupported_metadata: Reject, ..Policy::default() }).await;
    let recommended = with(Replace, &list).await;
    let rule_of_mcp = with(Replace, "https: loopback").await;
    for client in clients() {
        let uris: Vec<(bool, String)> = origins(&client)
            .map(|origin| match origin {
                "loopback" => (true, "http://127.0.0.1:49152/callback".to_owned()),
                origin if origin.ends_with(':') => (false, format!("{origin}//oauth/callback")),
                origin => (true, format!("{origin}/callback")),
            })
            .collect();
        let all: Vec<&str> = uris.iter().map(|(_, uri)| uri.as_str()).collect();
        let kept: Vec<&str> = uris.iter().filter(|(kept, _)| *kept).map(|(_, uri)| uri.as_str()).collect();
        let mut body = minimal_with("redirect_uris", json!(all));
        body.as_object_mut().unwrap().extend(client["sends"].as_object().cloned().unwrap_or_default());

        let reply = strict.register(&body).await;
        assert_eq!(reply.status == 201, client["sends"].is_null(), "{client}: {}", reply.body);

        let reply = recommended.register(&body).await;
        if client["recommended"] == true {
            assert_eq!(reply.assert_registered(&client)["redirect_uris"], json!(all));
        }

        let reply = rule_of_mcp.register(&body).await;
        if kept.is_empty() {
            reply.assert_refused("invalid_redirect_uri", &client);
        } else {
            assert_eq!(reply.assert_registered(&client)["redirect_uris"], json!(kept));
        }
    }
}
