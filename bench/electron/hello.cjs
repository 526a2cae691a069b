// The reference: the least that Electron can show. Prints a line once its text has been painted.
const { app, BrowserWindow } = require('electron')

// With --no-sandbox (root without an ordinary user) enforcing it would end every child process.
if (!app.commandLine.hasSwitch('no-sandbox')) app.enableSandbox()
app.whenReady().then(() => {
  const window = new BrowserWindow({ width: 1280, height: 820 })
  window.webContents.once('page-title-updated', () => {
    process.stdout.write('hello: first-paint\n')
    if (process.argv.includes('--exit-after-first-paint')) app.exit(0)
  })
  const script = "requestAnimationFrame(() => requestAnimationFrame(() => { document.title = 'painted' }))"
  window.loadURL(`data:text/html,<body>hello world<script>${script}</script>`)
})
