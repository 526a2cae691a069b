/**
 * What failed, in one line each, from the reports of the test runners. A long log is often kept in part only: its last
 * lines should say what went wrong, not only how often.
 */

/** @param {unknown} value @returns {Record<string, unknown>} */
const record = (value) => (typeof value === 'object' && value !== null ? /** @type {any} */ (value) : {})

/** @param {unknown} value @returns {readonly unknown[]} */
const list = (value) => (Array.isArray(value) ? value : [])

/** What a terminal shows as colour. */
const colour = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g')

/** @param {unknown} text @returns {string} */
const firstLine = (text) =>
  (
    String(text ?? '')
      .replaceAll(colour, '')
      .split('\n', 1)[0] ?? ''
  ).slice(0, 300)

/** @param {readonly (string | undefined)[]} parts @returns {string} */
const line = (parts) => parts.filter((it) => it !== undefined && it !== '').join(' › ')

/**
 * @param {unknown} report of Vitest's JSON reporter
 * @returns {string[]} file, test and the first line of its failure
 */
export function vitestFailures(report) {
  return list(record(report)['testResults']).flatMap((result) => {
    const { name, status, message, assertionResults } = record(result)
    const failed = list(assertionResults)
      .map(record)
      .filter((it) => it['status'] === 'failed')
      .map((it) => line([String(name), String(it['fullName']), firstLine(list(it['failureMessages'])[0])]))
    return failed.length === 0 && status === 'failed' ? [line([String(name), firstLine(message)])] : failed
  })
}

/**
 * @param {unknown} report of Playwright's JSON reporter
 * @returns {string[]} file, test and the first line of its failure
 */
export function playwrightFailures(report) {
  const { suites, errors } = record(report)
  return [...list(errors).map((it) => firstLine(record(it)['message'])), ...list(suites).flatMap(failedSpecs)]
}

/** @param {unknown} suite @returns {string[]} */
function failedSpecs(suite) {
  const { suites, specs } = record(suite)
  const own = list(specs)
    .map(record)
    .filter((spec) => spec['ok'] === false)
    .map((spec) => {
      const results = list(spec['tests']).flatMap((it) => list(record(it)['results']))
      const error = results.map((it) => record(record(it)['error'])['message']).find((it) => it !== undefined)
      return line([String(spec['file']), String(spec['title']), firstLine(error)])
    })
  return [...own, ...list(suites).flatMap(failedSpecs)]
}
