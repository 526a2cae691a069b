/** What the command line asks of the app. Unknown switches are Chromium's business. */
export interface LaunchOptions {
  /** End after the first meaningful paint, exit code 0, never prompting. */
  readonly exitAfterFirstPaint: boolean
  /** Where to save a picture of the first page. */
  readonly screenshot: string | null
  /** Start in the tray. */
  readonly hidden: boolean
  /** A `libral://` link to open. */
  readonly link: string | null
}

const scheme = 'libral://'

/**
 * @param argv the whole command line, as `process.argv` or a second instance hands it over
 */
export const readLaunch = (argv: readonly string[]): LaunchOptions => ({
  exitAfterFirstPaint: argv.includes('--exit-after-first-paint'),
  screenshot: valueAfter(argv, '--screenshot='),
  hidden: argv.includes('--hidden'),
  link: argv.find((item) => item.startsWith(scheme)) ?? null,
})

/** Scripts are never asked anything: they end by themselves or only want a picture. */
export const mayPrompt = (launch: LaunchOptions): boolean => !launch.exitAfterFirstPaint && launch.screenshot === null

function valueAfter(argv: readonly string[], prefix: string): string | null {
  const item = argv.find((it) => it.startsWith(prefix))
  const value = item?.slice(prefix.length)
  return value ? value : null
}
