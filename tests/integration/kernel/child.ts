import { createInterface } from 'node:readline'
import { newDeployment } from './harness.ts'

/**
 * A kernel in a process of its own, to be killed. Commands come as lines of JSON on stdin; each durable outcome is
 * acknowledged with a line on stdout: what was printed may never be lost.
 */
const [dir = ''] = process.argv.slice(2)
const { kernel } = await newDeployment(dir).open()
process.stdout.write('ready\n')
for await (const line of createInterface({ input: process.stdin })) {
  const command = JSON.parse(line)
  kernel.submit(command).then(
    ({ index }) => process.stdout.write(`ack ${command.statement.id} ${index}\n`),
    (thrown) => process.stdout.write(`refused ${command.statement.id} ${thrown.code}\n`),
  )
}
