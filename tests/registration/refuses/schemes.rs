//! Schemes that cannot be an application's own: a code sent there runs, or reaches whoever speaks the protocol.

use crate::refuses::sentence::{BROWSER_SCHEME, LOOPBACK, PROTOCOL_SCHEME, SYSTEM_SCHEME};
use crate::refuses::{INVALID_REDIRECT_URI, assert_refused, redirect_uri_rows};

/// Every scheme that IANA's registry calls permanent, as of September 2026, except `http`, `https` and the three that are among the
/// [`BROWSERS`]': the tests' own copy.
const PERMANENT: &str = "aaa aaas acap acct cap cid coap coap+tcp coap+ws coaps coaps+tcp coaps+ws crid dav dict dns doi dtn
    example ftp geo go gopher h323 iax icap im imap info ipn ipp ipps iris iris.beep iris.lwz iris.xpc iris.xpcs jabber ldap
    leaptofrogans mailto mid msrp msrps mt mtqp mupdate news nfs ni nih nntp opaquelocktoken pkcs11 pop pres reload rtsp rtsps rtspu
    service session shttp sieve sip sips sms snmp soap.beep soap.beeps stun stuns tag tel telnet tftp thismessage tip tn3270 turn turns
    tv urn vemmi vnc ws wss xcon xcon-userid xmlrpc.beep xmlrpc.beeps xmpp z39.50r z39.50s";

/// Protocols that everybody knows and the registry does not call permanent.
const WELL_KNOWN: &str = "afp amqp amqps bitcoin cvs ed2k ethereum finger fish ftps git git+ssh hxxp hxxps imaps ipfs ipns irc irc6 ircs
    jdbc ldaps magnet mms mongodb mongodb+srv mqtt mqtts mysql otpauth pops postgres postgresql rdp redis rediss rmi rsync rtmp rtmps rtp
    s3 scp sftp smb smtp smtps snews socks socks5 ssh svn svn+ssh tcp udp wais webcal webdav z39.50";

/// What runs, nests or opens something in a browser.
const BROWSERS: &str = "javascript vbscript vbs livescript mocha jscript data blob filesystem file about view-source jar feed wyciwyg resource res
    chrome chrome-devtools chrome-error chrome-native chrome-search chrome-untrusted devtools edge brave opera vivaldi moz-icon moz-safe-about
    page-icon microsoft-edge googlechrome googlechromes firefox mhtml mk its content android-app android-resource intent";

/// What opens a part of an operating system.
const SYSTEMS: &str = "ms-access ms-appdata ms-appinstaller ms-appx ms-browser-extension ms-calculator ms-excel ms-help ms-its ms-msdt
    ms-officecmd ms-powerpoint ms-quick-assist ms-search ms-settings ms-settings-wifi ms-spd ms-windows-store ms-word search-ms search
    shell hcp calculator windowsdefender microsoft.windows.camera itms itmss itms-apps itms-appss itms-books itms-services
    x-apple.systempreferences x-apple-health x-apple-reminder macappstore facetime facetime-audio imessage message maps app-prefs prefs
    shortcuts market package smsto android callto help x-man-page apt snap wtai";

#[tokio::test]
async fn a_scheme_that_is_no_applications_own() {
    let groups = [
        (PERMANENT, PROTOCOL_SCHEME, "a public protocol of IANA's registry"),
        (WELL_KNOWN, PROTOCOL_SCHEME, "a public protocol"),
        (BROWSERS, BROWSER_SCHEME, "browsers run, nest or open something"),
        (SYSTEMS, SYSTEM_SCHEME, "a part of the operating system"),
    ];
    let rows = groups.into_iter().flat_map(|(schemes, sentence, why)| {
        schemes.split_whitespace().flat_map(move |scheme| {
            let first_in_capitals = scheme[..1].to_uppercase() + &scheme[1..];
            [format!("{scheme}:x"), format!("{}:x", scheme.to_uppercase()), format!("{first_in_capitals}://host/x?y")]
                .into_iter()
                .flat_map(move |uri| redirect_uri_rows(&uri, sentence, why))
        })
    });
    assert_refused(INVALID_REDIRECT_URI, rows).await;
}

#[tokio::test]
async fn a_host_where_a_scheme_should_be_gets_the_sentence_about_loopback() {
    let rows =
        ["localhost:3000/cb", "localhost:3000", "localhost:/cb", "LOCALHOST:8080/cb", "Localhost:cb", "localhost://x"]
            .into_iter()
            .flat_map(|uri| redirect_uri_rows(uri, LOOPBACK, "http:// was forgotten"));
    assert_refused(INVALID_REDIRECT_URI, rows).await;
}
