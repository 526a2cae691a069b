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
  /** A bundle to review; the app that starts with it starts no backend. */
  readonly review: string | null
}

const scheme = 'libral://'
/** Of bundles and certificates of entries, as they are saved. */
export const bundleExtensions = ['.libral-bundle', '.libral-certificate'] as const

/**
 * @param argv the whole command line, as `process.argv` or a second instance hands it over
 */
export const readLaunch = (argv: readonly string[]): LaunchOptions => ({
  exitAfterFirstPaint: argv.includes('--exit-after-first-paint'),
  screenshot: valueAfter(argv, '--screenshot='),
  hidden: argv.includes('--hidden'),
  link: argv.find((item) => item.startsWith(scheme)) ?? null,
  review: reviewed(argv),
})

/** Scripts are never asked anything: they end by themselves or only want a picture. */
export const mayPrompt = (launch: LaunchOptions): boolean => !launch.exitAfterFirstPaint && launch.screenshot === null

/** `--review FILE`, `--review=FILE`, or a bundle alone, as a file manager hands over what was double-clicked. */
function reviewed(argv: readonly string[]): string | null {
  const after = argv.indexOf('--review')
  const next = after < 0 ? undefined : argv[after + 1]
  if (next !== undefined && !next.startsWith('-')) return next
  const named = argv.slice(1).find((item) => !item.startsWith('-') && bundleExtensions.some((it) => item.endsWith(it)))
  return valueAfter(argv, '--review=') ?? named ?? null
}

function valueAfter(argv: readonly string[], prefix: string): string | null {
  const item = argv.find((it) => it.startsWith(prefix))
  const value = item?.slice(prefix.length)
  return value ? value : null
}
