// Schemes that are no application's own, so no redirect URI may have them: those of public protocols, of browsers and
// of operating systems, and misspelt ones. src/scheme.rs says which is which, with sources; the tests hold this list
// against the same cases.

const NAMES = `
  aaa aaas about acap acct addressbook admin afc afp afs amqp amqps amzn android android-app android-resource
  android-secret-code app-prefs app-settings appdata applenews applenewss applescript applewebdata appmarket
  appstream apt bingmaps bitcoin bitcoincash blob brave browser bzr calculator callto calshow cap cdl chrome
  chrome-devtools chrome-distiller chrome-error chrome-native chrome-search chrome-untrusted cid cifs coap coap+tcp
  coap+ws coaps coaps+tcp coaps+ws coccoc computer content crid cvs dat data dav davs devtools diagnostics diags
  dict did disk disks dlna-playcontainer dlna-playsingle dns dogecoin doi dtn dvd ecmascript ed2k edge edge-error
  ethereum eudi-openid4vp example externalfile fax feed fido file filesystem finger firefox firefox-focus
  firefox-klar first-run-pen-experience fish flatpak flatpak+https ftp ftpes ftps geo ghelp git git+file git+http
  git+https git+ssh go google.navigation google.streetview googlechrome googlechrome-x-callback googlechromes gopher
  gphoto2 gs h323 haip hcp hdfs help hg hhttp hhttps hppt hppts hptt hptts htp htpp htpps htps htpt htpts htt httpp
  httpps httpss htts httsp htttp htttps hwappmarket hxxp hxxps iax ibooks ical icap icloud-sharing ie.http iehistory
  ierss im imap imaps imessage info insiderhub intent ipfs ipn ipns ipp ipps irc irc6 ircs iris iris.beep iris.lwz
  iris.xpc iris.xpcs isostore itpc its jabber jar javascript jdbc jms jscript ldap ldapi ldaps leaptofrogans
  lightning litecoin livescript lpa macappstore macappstores machineprovisioningprogressreporter magnet mailserver
  mailto man maps market matrix mdoc-openid4vp message mhtml microsoft-edge microsoft-edge-holographic
  microsoft-edge-http microsoft-edge-https microsoft.windows.camera microsoft.windows.camera.multipicker
  microsoft.windows.camera.picker mid mimarket mk mms mmsh mmst mmsto mobilenotes mocha modem monero mongodb
  mongodb+srv moz-anno moz-cached-favicon moz-filedata moz-fonttable moz-icon moz-nullprincipal moz-page-thumb
  moz-remote-image moz-safe-about moz-src mqtt mqtts msrp msrps mt mtp mtqp mupdate musics mysql network news nfs ni
  nih nntp nntps oid opaquelocktoken openid openid-credential-offer openid-initiate-issuance openid4vp opera
  opera-http opera-https otpauth otpauth-migration package page-icon payto pcast photos-redirect pkcs11 podcasts pop
  pop3 pop3s pops postgres postgresql prefs pres prospero ps quic-transport rdp recent redis rediss reload res
  resource rlogin rmi rsync rtmfp rtmp rtmpe rtmps rtmpt rtp rtsp rtsps rtspu s3 safari-http safari-https
  safari-reader safari-resource samsungapps scp search search-ms secret-token service session sftp shareddocuments
  shell shortcuts shttp sieve sip sips smb smbs sms smsto smtp smtps snap snews snmp soap.beep soap.beeps socks
  socks4 socks4a socks5 socks5h spdy spiffe ssh stun stuns svn svn+http svn+https svn+ssh swid swidpath sysimage tag
  tbauth tcp tel telnet telnets telprompt tftp thismessage thtp thtps tip tn3270 touch-http touch-https tps trash
  ttp ttps turn turns tv udp unix upi urn vbs vbscript vemmi videotex view-cache view-source vivaldi vnc
  vnd.ms.radio voicemail wais wasm wasm-js webcal webcals webdav webdavs webkit-fake-url whale wifi windows-feedback
  windowsdefender ws wss wtai wyciwyg x-dictionary x-help-action x-help-script x-man-page x-safari-http
  x-safari-https x-web-search xcon xcon-userid xdg-open xmlrpc.beep xmlrpc.beeps xmpp xri yandex z39.50 z39.50r
  z39.50s
`;
const RESERVED = new Set(NAMES.trim().split(/\s+/));
const PREFIXES = /^(?:facetime|itms|ms-(?!app$|appx-web$)|x-apple)/;

/** Whether `scheme`, in lower case, is reserved. One letter is a drive to Windows. */
export function isReserved(scheme) {
  return scheme.length === 1 || scheme === 'localhost' || RESERVED.has(scheme) || PREFIXES.test(scheme);
}
