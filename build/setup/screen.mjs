/**
 * Says whether a window of ours would be seen. Root's Wayland socket is of no use to the ordinary user as whom
 * Electron runs then.
 */
export function hasScreen() {
  const { env } = process
  if (process.platform !== 'linux' || env['DISPLAY']) return true
  return Boolean(env['WAYLAND_DISPLAY']) && process.getuid?.() !== 0
}
