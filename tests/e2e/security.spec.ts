import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, live, oneApp, sandboxed, test } from './app.ts'
import { call, tapPort } from './port.ts'

const libral = oneApp()

test('every renderer runs in the sandbox of the system', async () => {
  const { app, page } = libral()
  test.skip(!sandboxed, 'root without an ordinary user')
  await page.waitForLoadState()
  const metrics = await app.evaluate(({ app: it }) => it.getAppMetrics().map(({ type, pid }) => ({ type, pid })))
  const renderers = metrics.filter(({ type }) => type === 'Tab')
  expect(renderers.length).toBeGreaterThan(0)
  for (const { pid } of renderers) expect(readFileSync(`/proc/${pid}/status`, 'utf8')).toMatch(/^Seccomp:\s+2$/m)
})

test('pages see no Node, no Electron, and only their own origin', async () => {
  const { page } = libral()
  const seen = await page.evaluate(() => ({
    require: typeof Reflect.get(globalThis, 'require'),
    process: typeof Reflect.get(globalThis, 'process'),
    module: typeof Reflect.get(globalThis, 'module'),
    electron: Object.keys(window).filter((name) => /electron|ipc|bridge/i.test(name)),
    origin: location.origin,
    secure: isSecureContext,
  }))
  expect(seen).toEqual({
    require: 'undefined',
    process: 'undefined',
    module: 'undefined',
    electron: [],
    origin: 'app://main',
    secure: true,
  })
})

test('web preferences are the secure ones in every window', async () => {
  const { app, page } = libral()
  await page.waitForLoadState()
  const preferences = await app.evaluate(({ BrowserWindow }) =>
    // Electron's own name for what a page was really started with; its types leave it out.
    BrowserWindow.getAllWindows().map(({ webContents }) => ({
      ...(webContents as unknown as { getLastWebPreferences(): object }).getLastWebPreferences(),
    })),
  )
  for (const it of preferences)
    expect(it).toMatchObject({
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webSecurity: true,
      webviewTag: false,
      allowRunningInsecureContent: false,
      experimentalFeatures: false,
    })
})

test('the policy is strict and new for each response', async () => {
  const { page } = libral()
  const [first, second] = await page.evaluate(async () => {
    const policyOf = async (): Promise<string> =>
      (await fetch('/index.html')).headers.get('content-security-policy') ?? ''
    return [await policyOf(), await policyOf()]
  })
  expect(first).toContain("default-src 'none'")
  expect(first).toContain("script-src 'self';")
  expect(first).toContain("require-trusted-types-for 'script'")
  expect(first).not.toMatch(/unsafe|https?:|\*/)
  expect(second).not.toBe(first)
})

test('scripts that were put into the page do not run', async () => {
  const { page } = libral()
  const outcome = await page.evaluate(async () => {
    const script = document.createElement('script')
    let refused = false
    try {
      script.textContent = 'window.ranInline = true'
      document.body.append(script)
    } catch {
      refused = true
    }
    await new Promise((resolve) => setTimeout(resolve, 50))
    let markup = 'taken'
    try {
      document.createElement('div').innerHTML = '<img src=x onerror="window.ranInline=true">'
    } catch {
      markup = 'refused'
    }
    return { refused, markup, ran: Reflect.get(window, 'ranInline') ?? false }
  })
  expect(outcome).toEqual({ refused: true, markup: 'refused', ran: false })
})

test('no request leaves the page', async () => {
  const { page } = libral()
  const outcomes = await page.evaluate(async () => {
    const attempts: Record<string, () => Promise<unknown>> = {
      http: () => fetch('http://127.0.0.1:9/'),
      https: () => fetch('https://example.com/'),
      file: () => fetch('file:///etc/passwd'),
      host: () => fetch('app://other/index.html'),
      socket: () =>
        new Promise((resolve, reject) => {
          const socket = new WebSocket('ws://127.0.0.1:9/')
          socket.onopen = resolve
          socket.onerror = reject
        }),
      image: () =>
        new Promise((resolve, reject) => {
          const image = new Image()
          image.onload = resolve
          image.onerror = reject
          image.src = 'https://example.com/x.png'
        }),
    }
    const results = Object.entries(attempts).map(async ([name, attempt]) => {
      const passed = await attempt().then(
        () => true,
        () => false,
      )
      return [name, passed] as const
    })
    return Object.fromEntries(await Promise.all(results))
  })
  expect(outcomes).toEqual({ http: false, https: false, file: false, host: false, socket: false, image: false })
})

test('addresses outside the app are answered with nothing', async () => {
  const { page } = libral()
  const statuses = await page.evaluate(() =>
    Promise.all(
      ['/..%2f..%2fpackage.json', '/%2e%2e%2f%2e%2e%2fpackage.json', '/..%5cpackage.json', '/missing.js'].map(
        async (path) => (await fetch(path)).status,
      ),
    ),
  )
  expect(statuses).toEqual([404, 404, 404, 404])
})

test('permissions are denied, but for the two that are listed', async () => {
  const { page } = libral()
  const states = await page.evaluate(async () => {
    const ask = async (name: string): Promise<string> =>
      (await navigator.permissions.query({ name: name as PermissionName })).state
    const media = await navigator.mediaDevices.getUserMedia({ audio: true }).then(
      () => 'granted',
      () => 'refused',
    )
    return { geolocation: await ask('geolocation'), notifications: await ask('notifications'), media }
  })
  expect(states).toEqual({ geolocation: 'denied', notifications: 'denied', media: 'refused' })
})

test('a port is given only to our own windows and origin', async () => {
  const { app, profile, log } = libral()
  const preload = join(profile, 'stranger.cjs')
  const sends = "require('electron').ipcRenderer.postMessage('libral:port', null, [new MessageChannel().port1])"
  writeFileSync(preload, `if (location.protocol === 'data:') ${sends}`)
  const load = (path: string): Promise<void> =>
    app.evaluate(async ({ BrowserWindow }, file) => {
      const stranger = new BrowserWindow({ show: false, webPreferences: { preload: file, sandbox: true } })
      await stranger.loadURL('data:text/html,<h1>stranger</h1>')
      stranger.destroy()
    }, path)
  await load(preload)
  await expect.poll(() => log().filter((line) => line['what'] === 'port.sender')).toHaveLength(1)
  // Nor to a window that is none of ours, whatever its origin.
  writeFileSync(preload, `if (location.origin === 'app://main') ${sends}`)
  await app.evaluate(async ({ BrowserWindow }, file) => {
    const stranger = new BrowserWindow({ show: false, webPreferences: { preload: file, sandbox: true } })
    await stranger.loadURL('app://main/index.html')
    stranger.destroy()
  }, preload)
  await expect.poll(() => log().filter((line) => line['what'] === 'port.sender')).toHaveLength(2)
})

test('a wall window reads and nothing else', async () => {
  const { app, page, log } = libral()
  await live(page)
  await tapPort(page)
  const [wall] = await Promise.all([
    app.waitForEvent('window'),
    call(page, 'app/openWindow', { place: { page: 'monitoring', key: null }, wall: true }),
  ])
  await tapPort(wall)
  const filter = { collection: 'events', where: {}, range: null, text: '' }
  expect(await call(wall, 'rows/count', filter)).toMatchObject({ ok: true })
  const acts = [
    ['command/submit', { command: 'hub.stopModule', params: { module: 'alerts' } }],
    ['settings/change', { zoom: 50 }],
    ['app/openLink', { link: 'electron' }],
    ['app/restartBackend', {}],
    ['exports/logs', {}],
  ] as const
  for (const [path, input] of acts)
    expect(await call(wall, path, input)).toEqual({ ok: false, code: 'desktop.forbidden' })
  await expect
    .poll(() => log().filter((line) => line['event'] === 'ipc.forbidden').length)
    .toBeGreaterThanOrEqual(acts.length)
})

test('malformed calls are refused before anything is done', async () => {
  const { page } = libral()
  await live(page)
  await tapPort(page)
  const filter = { collection: 'events', where: {}, range: null, text: '' }
  const sort = { field: null, descending: true }
  const calls = [
    ['rows/query', { filter, sort, after: null, limit: 1_000_000 }],
    ['rows/query', { filter: { ...filter, collection: "events'; drop table rows" }, sort, after: null, limit: 10 }],
    ['app/openLink', { link: 'https://evil.test/' }],
    ['app/openWindow', { place: { page: '../../etc', key: null }, wall: false }],
    ['exports/csv', { filter, descending: true, file: '/etc/passwd' }],
    ['settings/change', { zoom: 1e9 }],
  ] as const
  for (const [path, input] of calls)
    expect(await call(page, path, input), path).toEqual({ ok: false, code: 'input.invalid' })
  expect(await call(page, 'no/such', {})).toMatchObject({ ok: false })
})

// Last: Playwright takes a navigation that was refused for one that never ends.
test('a page can neither go elsewhere nor open windows nor embed anything', async () => {
  const { app, page, log } = libral()
  await page.waitForLoadState()
  const before = app.windows().length
  const opened = await page.evaluate(() => window.open('https://example.com/') === null)
  expect(opened).toBe(true)
  await page.evaluate(() => {
    location.href = 'https://example.com/'
  })
  await page.evaluate(() => {
    const frame = document.createElement('iframe')
    frame.src = 'https://example.com/'
    document.body.append(frame)
    document.body.append(document.createElement('webview'))
  })
  await expect
    .poll(() =>
      log()
        .filter((line) => line['event'] === 'page.refused')
        .map((line) => line['what']),
    )
    .toEqual(expect.arrayContaining(['window', 'navigation']))
  expect(new URL(page.url()).pathname).toBe('/index.html')
  expect(app.windows()).toHaveLength(before)
})
