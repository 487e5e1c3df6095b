//! Schemes that cannot be an application's own: a code sent there runs, or reaches whoever speaks the protocol.

use crate::refuses::sentence::{BROWSER_SCHEME, LOOPBACK, PROTOCOL_SCHEME, SYSTEM_SCHEME};
use crate::refuses::{INVALID_REDIRECT_URI, assert_refused, redirect_uri_rows};

/// Every scheme that IANA's registry calls permanent, as of September 2026, except `http`, `https` and the three that
/// are among the [`BROWSERS`]': the tests' own copy.
const PERMANENT: &str = "aaa aaas acap acct cap cid coap coap+tcp coap+ws coaps coaps+tcp coaps+ws crid dav dict dns doi dtn
    example ftp geo go gopher h323 iax icap im imap info ipn ipp ipps iris iris.beep iris.lwz iris.xpc iris.xpcs jabber ldap
    leaptofrogans mailto mid msrp msrps mt mtqp mupdate news nfs ni nih nntp opaquelocktoken pkcs11 pop pres reload rtsp rtsps rtspu
    service session shttp sieve sip sips sms snmp soap.beep soap.beeps stun stuns tag tel telnet tftp thismessage tip tn3270 turn turns
    tv urn vemmi vnc ws wss xcon xcon-userid xmlrpc.beep xmlrpc.beeps xmpp z39.50r z39.50s";

/// Protocols that everybody knows and the registry does not call permanent.
const WELL_KNOWN: &str =
    "afp afs amqp amqps bitcoin bitcoincash bzr cifs cvs dat davs did ed2k ethereum fax finger fish ftpes ftps git
    git+file git+http git+https git+ssh gs hdfs hg hxxp hxxps imaps ipfs ipns irc irc6 ircs jdbc jms ldapi ldaps magnet
    mailserver matrix mms mmsh mmst modem monero mongodb mongodb+srv mqtt mqtts mysql nntps oid openid openid4vp
    otpauth payto pop3 pop3s pops postgres postgresql prospero quic-transport rdp redis rediss rlogin rmi rsync rtmfp
    rtmp rtmpe rtmps rtmpt rtp s3 scp secret-token sftp smb smbs smtp smtps snews socks socks4 socks4a socks5 socks5h
    spdy spiffe ssh svn svn+http svn+https svn+ssh swid swidpath tcp telnets udp unix videotex wais webcal webcals
    webdav webdavs xri z39.50";

/// What runs, nests or opens something in a browser.
const BROWSERS: &str =
    "about android-app android-resource applewebdata blob brave browser cdl chrome chrome-devtools chrome-distiller
    chrome-error chrome-native chrome-search chrome-untrusted coccoc content data devtools dvd ecmascript edge
    edge-error externalfile feed file filesystem firefox firefox-focus firefox-klar googlechrome
    googlechrome-x-callback googlechromes intent its jar javascript jscript livescript mhtml microsoft-edge
    microsoft-edge-holographic microsoft-edge-http microsoft-edge-https mk mocha moz-anno moz-cached-favicon
    moz-filedata moz-fonttable moz-icon moz-nullprincipal moz-page-thumb moz-remote-image moz-safe-about opera
    opera-http opera-https page-icon res resource safari-http safari-https safari-reader safari-resource sysimage
    touch-http touch-https vbs vbscript view-cache view-source vivaldi wasm wasm-js webkit-fake-url whale wyciwyg
    x-safari-http x-safari-https x-web-search yandex";

/// What opens a part of an operating system.
const SYSTEMS: &str =
    "afc amzn android android-secret-code app-prefs app-settings appdata applenews applenewss applescript appmarket
    appstream apt bingmaps calculator callto calshow diagnostics diags dlna-playcontainer dlna-playsingle facetime
    facetime-audio facetime-audio-prompt facetime-group facetime-open facetime-prompt first-run-pen-experience flatpak
    flatpak+https ghelp google.navigation google.streetview gphoto2 hcp help hwappmarket ibooks ical icloud-sharing
    imessage insiderhub isostore itms itms-apps itms-appss itms-books itms-services itmss itpc macappstore macappstores
    machineprovisioningprogressreporter man maps market message microsoft.windows.camera
    microsoft.windows.camera.multipicker microsoft.windows.camera.picker mimarket mmsto mobilenotes ms-access
    ms-appdata ms-appinstaller ms-appx ms-browser-extension ms-calculator ms-excel ms-help ms-its ms-msdt ms-officecmd
    ms-powerpoint ms-quick-assist ms-search ms-settings ms-settings-wifi ms-spd ms-windows-store ms-word mtp package
    pcast photos-redirect prefs samsungapps search search-ms shareddocuments shell shortcuts smsto snap tbauth
    telprompt trash voicemail windows-feedback windowsdefender wtai x-apple-health x-apple-reminder
    x-apple.systempreferences x-help-action x-help-script x-man-page xdg-open";

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
