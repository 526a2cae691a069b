// Required by Electron before the app: `ready` waits until Playwright has attached and calls __playwright_run. Playwright
// brings a loader that does this, but uses it only with Electron's own package, and that one changes Chromium's switches.
// Without it Playwright attaches in the middle of the first navigation now and then and never sees the window.
const { app } = require('electron')

const ready = app.whenReady()
const emit = app.emit.bind(app)
const released = Promise.withResolvers()
let isReady = false
let held = []

app.emit = (event, ...args) => {
  if (event !== 'ready' || isReady) return emit(event, ...args)
  held = args
  return true
}
app.isReady = () => isReady
app.whenReady = () => released.promise

globalThis.__playwright_run = async () => {
  await ready
  isReady = true
  released.resolve()
  emit('ready', ...held)
}
