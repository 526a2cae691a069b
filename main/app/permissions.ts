/**
 * What a page may ask of Chromium. Everything that is not listed as allowed is denied, whatever a newer Chromium adds.
 */
export const permissions: Readonly<Record<string, { readonly allow: boolean; readonly why: string }>> = {
  'clipboard-sanitized-write': { allow: true, why: 'copying an id or a figure that the operator selected' },
  fullscreen: { allow: true, why: 'the wall view fills its screen' },
  'clipboard-read': { allow: false, why: 'the clipboard may hold secrets of other programs' },
  'deprecated-sync-clipboard-read': { allow: false, why: 'the clipboard may hold secrets of other programs' },
  notifications: { allow: false, why: 'main notifies, so that a page can not imitate an alert' },
  openExternal: { allow: false, why: 'links are opened by id in main' },
  media: { allow: false, why: 'no camera and no microphone' },
  'display-capture': { allow: false, why: 'screens hold personal data' },
  geolocation: { allow: false, why: 'not needed' },
  fileSystem: { allow: false, why: 'files are chosen in dialogs of main' },
  hid: { allow: false, why: 'cards and tokens are reached through gpg-agent and PKCS#11 only' },
  serial: { allow: false, why: 'cards and tokens are reached through gpg-agent and PKCS#11 only' },
  usb: { allow: false, why: 'cards and tokens are reached through gpg-agent and PKCS#11 only' },
  'smart-card': { allow: false, why: 'cards and tokens are reached through gpg-agent and PKCS#11 only' },
  'local-fonts': { allow: false, why: 'fonts ship with the app' },
  'local-network-access': { allow: false, why: 'pages have no network' },
  'idle-detection': { allow: false, why: 'not needed' },
  'window-management': { allow: false, why: 'main places windows' },
}

/** @param origin the asking page's, which must be ours */
export const isAllowed = (permission: string, origin: string, ours: string): boolean =>
  origin === ours && permissions[permission]?.allow === true
