import { which } from './files.mjs'

/**
 * Makes a child process end when we do, even by SIGKILL: `setpriv` (util-linux) asks the kernel for that.
 * @param {string} command
 * @param {readonly string[]} args
 * @returns {[command: string, args: string[]]} the command itself where there is no `setpriv`
 */
export function guarded(command, args) {
  const setpriv = process.platform === 'linux' ? which('setpriv') : undefined
  return setpriv === undefined ? [command, [...args]] : [setpriv, ['--pdeathsig', 'TERM', '--', command, ...args]]
}
