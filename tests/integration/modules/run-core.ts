import { newPlace } from './core.ts'

/** A run to be killed: `run-core.ts DIRECTORY KEY-IN-HEX` prints a line once it is up and stays. */
const [, , directory, key = ''] = process.argv
await newPlace(directory, Buffer.from(key, 'hex')).open()
process.stdout.write('up\n')
