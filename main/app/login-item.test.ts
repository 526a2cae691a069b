import { expect, test, vi } from 'vitest'

vi.mock('electron', () => ({ app: { isPackaged: false } }))
const { autostartFile, desktopEntry } = await import('./login-item.ts')

test('the entry starts hidden, and a path keeps its blanks, quotes and percent signs', () => {
  const exec = (path: string) =>
    desktopEntry(path)
      .split('\n')
      .find((line) => line.startsWith('Exec='))
  expect(exec('/opt/Libral Control/libral')).toBe('Exec="/opt/Libral Control/libral" --hidden')
  expect(exec('/a"b/$c/100%/`d')).toBe('Exec="/a\\"b/\\$c/100%%/\\`d" --hidden')
})

test('lies where XDG says', () => {
  expect(autostartFile({ XDG_CONFIG_HOME: '/c' })).toBe('/c/autostart/libral-control-center.desktop')
})
