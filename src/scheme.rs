//! Schemes that cannot be an application's own, as data. A code sent to one reaches whatever handles that scheme.
//!
//! Never in these lists: schemes of applications and browser extensions (`vscode`, `chrome-extension`, `msauth.…`).

/// Public protocols: every scheme that IANA's registry of URI schemes (RFC 7595) lists as permanent, as of September
/// 2026, except `http`, `https` and those in [`BROWSER_SCHEMES`]; and well-known protocols that it lists as provisional
/// or historical, or does not list, payments and credentials (OpenID for Verifiable Credentials) among them.
#[rustfmt::skip] // which would give each scheme a line
const PUBLIC_PROTOCOLS: &[&str] = &[
    "aaa", "aaas", "acap", "acct", "afp", "afs", "amqp", "amqps", "bitcoin", "bitcoincash", "bzr", "cap", "cid", "cifs",
    "coap", "coap+tcp", "coap+ws", "coaps", "coaps+tcp", "coaps+ws", "crid", "cvs", "dat", "dav", "davs", "dict", "did",
    "dns", "dogecoin", "doi", "dtn", "ed2k", "ethereum", "eudi-openid4vp", "example", "fax", "finger", "fish", "ftp",
    "ftpes", "ftps", "geo", "git", "git+file", "git+http", "git+https", "git+ssh", "go", "gopher", "gs", "h323", "haip",
    "hdfs", "hg", "hxxp", "hxxps", "iax", "icap", "im", "imap", "imaps", "info", "ipfs", "ipn", "ipns", "ipp", "ipps",
    "irc", "irc6", "ircs", "iris", "iris.beep", "iris.lwz", "iris.xpc", "iris.xpcs", "jabber", "jdbc", "jms", "ldap",
    "ldapi", "ldaps", "leaptofrogans", "lightning", "litecoin", "magnet", "mailserver", "mailto", "matrix",
    "mdoc-openid4vp", "mid", "mms", "mmsh", "mmst", "modem", "monero", "mongodb", "mongodb+srv", "mqtt", "mqtts",
    "msrp", "msrps", "mt", "mtqp", "mupdate", "mysql", "news", "nfs", "ni", "nih", "nntp", "nntps", "oid",
    "opaquelocktoken", "openid", "openid-credential-offer", "openid-initiate-issuance", "openid4vp", "otpauth",
    "otpauth-migration", "payto", "pkcs11", "pop", "pop3", "pop3s", "pops", "postgres", "postgresql", "pres",
    "prospero", "quic-transport", "rdp", "redis", "rediss", "reload", "rlogin", "rmi", "rsync", "rtmfp", "rtmp",
    "rtmpe", "rtmps", "rtmpt", "rtp", "rtsp", "rtsps", "rtspu", "s3", "scp", "secret-token", "service", "session",
    "sftp", "shttp", "sieve", "sip", "sips", "smb", "smbs", "sms", "smtp", "smtps", "snews", "snmp", "soap.beep",
    "soap.beeps", "socks", "socks4", "socks4a", "socks5", "socks5h", "spdy", "spiffe", "ssh", "stun", "stuns", "svn",
    "svn+http", "svn+https", "svn+ssh", "swid", "swidpath", "tag", "tcp", "tel", "telnet", "telnets", "tftp",
    "thismessage", "tip", "tn3270", "turn", "turns", "tv", "udp", "unix", "upi", "urn", "vemmi", "videotex", "vnc",
    "wais", "webcal", "webcals", "webdav", "webdavs", "ws", "wss", "xcon", "xcon-userid", "xmlrpc.beep", "xmlrpc.beeps",
    "xmpp", "xri", "z39.50", "z39.50r", "z39.50s",
];

/// What runs, nests or opens something in a browser: scripts and documents, browsers' internal pages, Internet
/// Explorer's pluggable protocols, schemes that make a browser open another address, Android's intents and content
/// providers. Sources: the HTML and Fetch standards, the browsers' source code (Chrome's and Firefox's lists of schemes
/// that they refuse to launch, too) and their vendors' documentation.
#[rustfmt::skip] // which would give each scheme a line
const BROWSER_SCHEMES: &[&str] = &[
    "about", "android-app", "android-resource", "applewebdata", "blob", "brave", "browser", "cdl", "chrome",
    "chrome-devtools", "chrome-distiller", "chrome-error", "chrome-native", "chrome-search", "chrome-untrusted",
    "coccoc", "content", "data", "devtools", "dvd", "ecmascript", "edge", "edge-error", "externalfile", "feed", "file",
    "filesystem", "firefox", "firefox-focus", "firefox-klar", "googlechrome", "googlechrome-x-callback",
    "googlechromes", "ie.http", "iehistory", "ierss", "intent", "its", "jar", "javascript", "jscript", "livescript",
    "mhtml", "microsoft-edge", "microsoft-edge-holographic", "microsoft-edge-http", "microsoft-edge-https", "mk",
    "mocha", "moz-anno", "moz-cached-favicon", "moz-filedata", "moz-fonttable", "moz-icon", "moz-nullprincipal",
    "moz-page-thumb", "moz-remote-image", "moz-safe-about", "moz-src", "opera", "opera-http", "opera-https",
    "page-icon", "res", "resource", "safari-http", "safari-https", "safari-reader", "safari-resource", "sysimage",
    "touch-http", "touch-https", "vbs", "vbscript", "view-cache", "view-source", "vivaldi", "wasm", "wasm-js",
    "webkit-fake-url", "whale", "wyciwyg", "x-safari-http", "x-safari-https", "x-web-search", "yandex",
];

/// Handlers that come with an operating system or its store: settings, search, shell, calls, maps, installers; see
/// [`SYSTEM_PREFIXES`] too. Sources: Microsoft's list of URI schemes of Windows, Apple's URL Scheme Reference,
/// Android's common intents, the documentation of Android's stores, freedesktop.org, GNOME's gvfs.
#[rustfmt::skip] // which would give each scheme a line
const SYSTEM_SCHEMES: &[&str] = &[
    "addressbook", "admin", "afc", "amzn", "android", "android-secret-code", "app-prefs", "app-settings", "appdata",
    "applenews", "applenewss", "applescript", "appmarket", "appstream", "apt", "bingmaps", "calculator", "callto",
    "calshow", "computer", "diagnostics", "diags", "disk", "disks", "dlna-playcontainer", "dlna-playsingle", "fido",
    "first-run-pen-experience", "flatpak", "flatpak+https", "ghelp", "google.navigation", "google.streetview",
    "gphoto2", "hcp", "help", "hwappmarket", "ibooks", "ical", "icloud-sharing", "imessage", "insiderhub", "isostore",
    "itpc", "lpa", "macappstore", "macappstores", "machineprovisioningprogressreporter", "man", "maps", "market",
    "message", "microsoft.windows.camera", "microsoft.windows.camera.multipicker", "microsoft.windows.camera.picker",
    "mimarket", "mmsto", "mobilenotes", "mtp", "musics", "network", "package", "pcast", "photos-redirect", "podcasts",
    "prefs", "recent", "samsungapps", "search", "search-ms", "shareddocuments", "shell", "shortcuts", "smsto", "snap",
    "tbauth", "telprompt", "trash", "vnd.ms.radio", "voicemail", "wifi", "windows-feedback", "windowsdefender", "wtai",
    "x-dictionary", "x-help-action", "x-help-script", "x-man-page", "xdg-open",
];

/// Every scheme that starts with one of these is a system handler, too: `facetime-audio` calls, `itms-services`
/// installs applications, `ms-msdt` runs a troubleshooter, `x-apple.systempreferences` opens settings.
const SYSTEM_PREFIXES: &[&str] = &["facetime", "itms", "ms-", "x-apple"];

/// Two schemes with such a prefix that do name an application: Windows gives every packaged application its own host
/// under them (`ms-app://s-1-15-2-…`), and Microsoft's libraries register them.
const APPLICATIONS_DESPITE_PREFIX: &[&str] = &["ms-app", "ms-appx-web"];

/// Misspellings of `http` and `https`: those that Firefox corrects in its address bar (`URIFixup`), and other slips of
/// one letter.
#[rustfmt::skip] // which would give each scheme a line
const MISSPELT: &[&str] = &[
    "hhttp", "hhttps", "hppt", "hppts", "hptt", "hptts", "htp", "htpp", "htpps", "htps", "htpt", "htpts", "htt", "httpp",
    "httpps", "httpss", "htts", "httsp", "htttp", "htttps", "ps", "thtp", "thtps", "tps", "ttp", "ttps",
];

/// Why a scheme cannot be an application's own. Its `Display` completes "the scheme of a redirect URI must not be".
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Reserved {
    /// Any program that speaks the public protocol of that name may handle it.
    #[error("that of a public protocol")]
    PublicProtocol,
    /// The browser itself handles it.
    #[error("one that browsers handle themselves")]
    Browser,
    /// A part of the operating system handles it.
    #[error("one that operating systems handle themselves")]
    OperatingSystem,
    /// To Windows, one letter is a drive: `c:/Windows` is a file, and never an application's scheme.
    #[error("a single letter, which Windows takes for a drive")]
    Drive,
    /// Somebody meant `http` or `https` (or `file`), or wrote a host and a port alone.
    #[error("a misspelling of http, https or file, or a host whose https:// is missing")]
    Misspelt,
}

/// Why `scheme`, in lower case, cannot be an application's own, if it cannot.
pub fn reserved(scheme: &str) -> Option<Reserved> {
    if scheme.len() == 1 {
        Some(Reserved::Drive)
    } else if MISSPELT.contains(&scheme) {
        Some(Reserved::Misspelt)
    } else if PUBLIC_PROTOCOLS.contains(&scheme) {
        Some(Reserved::PublicProtocol)
    } else if BROWSER_SCHEMES.contains(&scheme) {
        Some(Reserved::Browser)
    } else if SYSTEM_SCHEMES.contains(&scheme) || is_system_prefixed(scheme) {
        Some(Reserved::OperatingSystem)
    } else {
        None
    }
}

fn is_system_prefixed(scheme: &str) -> bool {
    SYSTEM_PREFIXES.iter().any(|prefix| scheme.starts_with(prefix)) && !APPLICATIONS_DESPITE_PREFIX.contains(&scheme)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_list_is_in_the_order_that_the_search_needs() {
        for schemes in [PUBLIC_PROTOCOLS, BROWSER_SCHEMES, SYSTEM_SCHEMES, APPLICATIONS_DESPITE_PREFIX, MISSPELT] {
            assert!(schemes.is_sorted_by(|first, second| first < second), "{schemes:?}");
            assert!(schemes.iter().all(|scheme| *scheme == scheme.to_ascii_lowercase()), "{schemes:?}");
        }
    }
}
