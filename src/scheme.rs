//! Schemes that cannot be an application's own, as data. A code sent to one reaches whatever handles that scheme.
//!
//! Never in these lists: schemes of applications and browser extensions (`vscode`, `chrome-extension`, `msauth.…`).

/// Public protocols: every scheme that IANA's registry of URI schemes (RFC 7595) lists as permanent, as of September
/// 2026, except `http`, `https` and those in [`BROWSER_SCHEMES`]; and well-known protocols that it lists as provisional
/// or historical, or does not list.
#[rustfmt::skip] // which would give each scheme a line
const PUBLIC_PROTOCOLS: &[&str] = &[
    "aaa", "aaas", "acap", "acct", "afp", "afs", "amqp", "amqps", "bitcoin", "bitcoincash", "bzr", "cap", "cid", "cifs",
    "coap", "coap+tcp", "coap+ws", "coaps", "coaps+tcp", "coaps+ws", "crid", "cvs", "dat", "dav", "davs", "dict", "did",
    "dns", "doi", "dtn", "ed2k", "ethereum", "example", "fax", "finger", "fish", "ftp", "ftpes", "ftps", "geo", "git",
    "git+file", "git+http", "git+https", "git+ssh", "go", "gopher", "gs", "h323", "hdfs", "hg", "hxxp", "hxxps", "iax",
    "icap", "im", "imap", "imaps", "info", "ipfs", "ipn", "ipns", "ipp", "ipps", "irc", "irc6", "ircs", "iris",
    "iris.beep", "iris.lwz", "iris.xpc", "iris.xpcs", "jabber", "jdbc", "jms", "ldap", "ldapi", "ldaps",
    "leaptofrogans", "magnet", "mailserver", "mailto", "matrix", "mid", "mms", "mmsh", "mmst", "modem", "monero",
    "mongodb", "mongodb+srv", "mqtt", "mqtts", "msrp", "msrps", "mt", "mtqp", "mupdate", "mysql", "news", "nfs", "ni",
    "nih", "nntp", "nntps", "oid", "opaquelocktoken", "openid", "openid4vp", "otpauth", "payto", "pkcs11", "pop",
    "pop3", "pop3s", "pops", "postgres", "postgresql", "pres", "prospero", "quic-transport", "rdp", "redis", "rediss",
    "reload", "rlogin", "rmi", "rsync", "rtmfp", "rtmp", "rtmpe", "rtmps", "rtmpt", "rtp", "rtsp", "rtsps", "rtspu",
    "s3", "scp", "secret-token", "service", "session", "sftp", "shttp", "sieve", "sip", "sips", "smb", "smbs", "sms",
    "smtp", "smtps", "snews", "snmp", "soap.beep", "soap.beeps", "socks", "socks4", "socks4a", "socks5", "socks5h",
    "spdy", "spiffe", "ssh", "stun", "stuns", "svn", "svn+http", "svn+https", "svn+ssh", "swid", "swidpath", "tag",
    "tcp", "tel", "telnet", "telnets", "tftp", "thismessage", "tip", "tn3270", "turn", "turns", "tv", "udp", "unix",
    "urn", "vemmi", "videotex", "vnc", "wais", "webcal", "webcals", "webdav", "webdavs", "ws", "wss", "xcon",
    "xcon-userid", "xmlrpc.beep", "xmlrpc.beeps", "xmpp", "xri", "z39.50", "z39.50r", "z39.50s",
];

/// What runs, nests or opens something in a browser: scripts and documents, browsers' internal pages, Internet
/// Explorer's pluggable protocols, schemes that make a browser open another address, Android's intents and content
/// providers. Sources: the HTML and Fetch standards, the browsers' source code and their vendors' documentation.
#[rustfmt::skip] // which would give each scheme a line
const BROWSER_SCHEMES: &[&str] = &[
    "about", "android-app", "android-resource", "applewebdata", "blob", "brave", "browser", "cdl", "chrome",
    "chrome-devtools", "chrome-distiller", "chrome-error", "chrome-native", "chrome-search", "chrome-untrusted",
    "coccoc", "content", "data", "devtools", "dvd", "ecmascript", "edge", "edge-error", "externalfile", "feed", "file",
    "filesystem", "firefox", "firefox-focus", "firefox-klar", "googlechrome", "googlechrome-x-callback",
    "googlechromes", "intent", "its", "jar", "javascript", "jscript", "livescript", "mhtml", "microsoft-edge",
    "microsoft-edge-holographic", "microsoft-edge-http", "microsoft-edge-https", "mk", "mocha", "moz-anno",
    "moz-cached-favicon", "moz-filedata", "moz-fonttable", "moz-icon", "moz-nullprincipal", "moz-page-thumb",
    "moz-remote-image", "moz-safe-about", "opera", "opera-http", "opera-https", "page-icon", "res", "resource",
    "safari-http", "safari-https", "safari-reader", "safari-resource", "sysimage", "touch-http", "touch-https", "vbs",
    "vbscript", "view-cache", "view-source", "vivaldi", "wasm", "wasm-js", "webkit-fake-url", "whale", "wyciwyg",
    "x-safari-http", "x-safari-https", "x-web-search", "yandex",
];

/// Handlers that come with an operating system or its store: settings, search, shell, calls, maps, installers; see
/// [`SYSTEM_PREFIXES`] too. Sources: Microsoft's list of URI schemes of Windows, Apple's URL Scheme Reference,
/// Android's common intents, the documentation of Android's stores, freedesktop.org.
#[rustfmt::skip] // which would give each scheme a line
const SYSTEM_SCHEMES: &[&str] = &[
    "afc", "amzn", "android", "android-secret-code", "app-prefs", "app-settings", "appdata", "applenews", "applenewss",
    "applescript", "appmarket", "appstream", "apt", "bingmaps", "calculator", "callto", "calshow", "diagnostics",
    "diags", "dlna-playcontainer", "dlna-playsingle", "first-run-pen-experience", "flatpak", "flatpak+https", "ghelp",
    "google.navigation", "google.streetview", "gphoto2", "hcp", "help", "hwappmarket", "ibooks", "ical",
    "icloud-sharing", "imessage", "insiderhub", "isostore", "itpc", "macappstore", "macappstores",
    "machineprovisioningprogressreporter", "man", "maps", "market", "message", "microsoft.windows.camera",
    "microsoft.windows.camera.multipicker", "microsoft.windows.camera.picker", "mimarket", "mmsto", "mobilenotes",
    "mtp", "package", "pcast", "photos-redirect", "prefs", "samsungapps", "search", "search-ms", "shareddocuments",
    "shell", "shortcuts", "smsto", "snap", "tbauth", "telprompt", "trash", "voicemail", "windows-feedback",
    "windowsdefender", "wtai", "x-help-action", "x-help-script", "x-man-page", "xdg-open",
];

/// Every scheme that starts with one of these is a system handler, too: `facetime-audio` calls, `itms-services`
/// installs applications, `ms-msdt` runs a troubleshooter, `x-apple.systempreferences` opens settings.
const SYSTEM_PREFIXES: &[&str] = &["facetime", "itms", "ms-", "x-apple"];

/// Two schemes with such a prefix that do name an application: Windows gives every packaged application its own host
/// under them (`ms-app://s-1-15-2-…`), and Microsoft's libraries register them.
const APPLICATIONS_DESPITE_PREFIX: &[&str] = &["ms-app", "ms-appx-web"];

/// Who handles a scheme that cannot be an application's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handler {
    /// Whatever program speaks the public protocol of that name.
    PublicProtocol,
    /// The browser itself.
    Browser,
    /// Part of the operating system.
    OperatingSystem,
}

/// Who handles `scheme`, if it is not an application's own. Case is ignored (RFC 3986 §3.1).
#[must_use]
pub fn handler(scheme: &str) -> Option<Handler> {
    let scheme = scheme.to_ascii_lowercase();
    let is_in = |schemes: &[&str]| schemes.binary_search(&scheme.as_str()).is_ok();
    let has_system_prefix = || SYSTEM_PREFIXES.iter().any(|prefix| scheme.starts_with(prefix));
    if is_in(PUBLIC_PROTOCOLS) {
        Some(Handler::PublicProtocol)
    } else if is_in(BROWSER_SCHEMES) {
        Some(Handler::Browser)
    } else if is_in(SYSTEM_SCHEMES) || has_system_prefix() && !is_in(APPLICATIONS_DESPITE_PREFIX) {
        Some(Handler::OperatingSystem)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_list_is_in_the_order_that_the_search_needs() {
        for schemes in [PUBLIC_PROTOCOLS, BROWSER_SCHEMES, SYSTEM_SCHEMES, APPLICATIONS_DESPITE_PREFIX] {
            assert!(schemes.is_sorted_by(|first, second| first < second), "{schemes:?}");
            assert!(schemes.iter().all(|scheme| *scheme == scheme.to_ascii_lowercase()), "{schemes:?}");
        }
    }
}
