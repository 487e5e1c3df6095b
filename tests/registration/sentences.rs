//! Every `error_description` is on the page for those who get one, `docs/api.md`, and the page has no other.

use std::collections::BTreeSet;

use dynamic_client_registration::client_name::ClientNameError;
use dynamic_client_registration::member::Link;
use dynamic_client_registration::metadata::MetadataError;
use dynamic_client_registration::outcome::Refusal;
use dynamic_client_registration::redirect_uri::RedirectUriError;
use dynamic_client_registration::request::ReadError;
use dynamic_client_registration::scheme::Reserved;
use dynamic_client_registration::{Member, RedirectUri};

/// The values of an enum, a row for each variant: a new variant does not compile before it has a row.
macro_rules! every {
    ($type:ty { $($variant:pat => $values:expr),* $(,)? }) => {{
        let _exhaustive = |value: &$type| match value { $($variant => {}),* };
        let mut values: Vec<$type> = Vec::new();
        $(values.extend($values);)*
        values
    }};
}

/// Every refusal there can be: one of each sentence, and of each member that a sentence is about.
fn every_refusal() -> Vec<Refusal> {
    use {ClientNameError as Name, MetadataError as Metadata, ReadError as Read, RedirectUriError as Uri};

    let unlisted = RedirectUri::try_from("https://example.com".to_owned()).unwrap().origin().clone();
    let names = every!(Name {
        Name::Blank => [Name::Blank],
        Name::TooLong => [Name::TooLong],
        Name::Control => [Name::Control],
        Name::Reordering => [Name::Reordering],
        Name::Hidden => [Name::Hidden],
        Name::Broken => [Name::Broken],
    });
    let schemes = every!(Reserved {
        Reserved::PublicProtocol => [Reserved::PublicProtocol],
        Reserved::Browser => [Reserved::Browser],
        Reserved::OperatingSystem => [Reserved::OperatingSystem],
        Reserved::Drive => [Reserved::Drive],
        Reserved::Misspelt => [Reserved::Misspelt],
    });
    let uris = every!(Uri {
        Uri::NotWellFormed => [Uri::NotWellFormed],
        Uri::Fragment => [Uri::Fragment],
        Uri::Userinfo => [Uri::Userinfo],
        Uri::Wildcard => [Uri::Wildcard],
        Uri::HostNotPlain => [Uri::HostNotPlain],
        Uri::NotLoopback => [Uri::NotLoopback],
        Uri::ReservedScheme(_) => schemes.iter().copied().map(Uri::ReservedScheme),
    });
    let links = every!(Link {
        Link::ClientUri => [Link::ClientUri],
        Link::LogoUri => [Link::LogoUri],
        Link::PolicyUri => [Link::PolicyUri],
        Link::TosUri => [Link::TosUri],
        Link::JwksUri => [Link::JwksUri],
    });
    let documents = every!(Read {
        Read::ContentType => [Read::ContentType],
        Read::NoBody => [Read::NoBody],
        Read::TooLarge => [Read::TooLarge],
        Read::NotUtf8 => [Read::NotUtf8],
        Read::NotJson => [Read::NotJson],
        Read::NotAnObject => [Read::NotAnObject],
        Read::Twice(_) => Member::ALL.map(Read::Twice),
        Read::NotUnicode(_) => Member::ALL.map(Read::NotUnicode),
        Read::WrongType(_) => Member::ALL.map(Read::WrongType),
    });
    let metadata = every!(Metadata {
        Metadata::NoClientName => [Metadata::NoClientName],
        Metadata::ClientName(_) => names.iter().copied().map(Metadata::ClientName),
        Metadata::NoRedirectUri => [Metadata::NoRedirectUri],
        Metadata::TooManyRedirectUris => [Metadata::TooManyRedirectUris],
        Metadata::RedirectUri(..) => uris.iter().map(|error| Metadata::RedirectUri(0, *error)),
        Metadata::OriginNotListed(..) => [Metadata::OriginNotListed(0, unlisted)],
        Metadata::UnsupportedGrantType => [Metadata::UnsupportedGrantType],
        Metadata::NoAuthorizationCode => [Metadata::NoAuthorizationCode],
        Metadata::UnsupportedResponseType => [Metadata::UnsupportedResponseType],
        Metadata::UnsupportedAuthMethod => [Metadata::UnsupportedAuthMethod],
        Metadata::ScopeTooLong => [Metadata::ScopeTooLong],
        Metadata::ScopeMalformed => [Metadata::ScopeMalformed],
        Metadata::NotAWebUri(_) => links.iter().copied().map(Metadata::NotAWebUri),
    });
    every!(Refusal {
        Refusal::Document(_) => documents.iter().copied().map(Refusal::Document),
        Refusal::Metadata(_) => metadata.iter().cloned().map(Refusal::Metadata),
    })
}

/// A sentence as the page has it: where it is about any member or any place in a list, the page says MEMBER or N.
fn generalized(refusal: &Refusal) -> String {
    let sentence = refusal.to_string();
    match (refusal, refusal.member()) {
        (Refusal::Document(_) | Refusal::Metadata(MetadataError::NotAWebUri(_)), Some(member)) => {
            sentence.replacen(member.as_str(), "MEMBER", 1)
        }
        _ => sentence.replacen("redirect_uris[0]", "redirect_uris[N]", 1),
    }
}

#[test]
fn every_error_description_is_on_the_page_and_none_besides() {
    let mut in_code: BTreeSet<(String, String)> =
        every_refusal().iter().map(|refusal| (refusal.code().as_str().to_owned(), generalized(refusal))).collect();
    // What the gateway and the firewall say in the endpoint's name.
    for body in include_str!("../../template.yaml").split(r#"{"error":""#).skip(1) {
        let (code, rest) = body.split_once(r#"","error_description":""#).unwrap();
        let (sentence, _) = rest.split_once('"').unwrap();
        in_code.insert((code.to_owned(), sentence.to_owned()));
    }

    let page = include_str!("../../docs/api.md");
    // A section for each code, with a table whose first column is the sentences.
    let (_, chapter) = page.split_once("\n## Every error_description\n").unwrap();
    let chapter = chapter.split("\n## ").next().unwrap();
    let mut on_page = BTreeSet::new();
    for section in chapter.split("\n### ").skip(1) {
        let code = section.lines().next().unwrap().trim_matches('`');
        for row in section.lines().skip(3).filter_map(|line| line.strip_prefix("| `")) {
            let (sentence, _) = row.split_once('`').unwrap();
            assert!(on_page.insert((code.to_owned(), sentence.to_owned())), "twice: {sentence}");
        }
    }

    let missing: Vec<_> = in_code.difference(&on_page).collect();
    let gone: Vec<_> = on_page.difference(&in_code).collect();
    assert!(missing.is_empty() && gone.is_empty(), "missing on the page: {missing:#?}\nnot in the code: {gone:#?}");
}
